create statistics orders_places on status, customer_id from orders;
