create schema shop;
create statistics shop.orders_places on status, customer_id from orders;
