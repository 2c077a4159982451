create statistics orders_places on status, customer_id from orders;
create statistics orders_worth on status, total from orders;
