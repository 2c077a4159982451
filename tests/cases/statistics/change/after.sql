create statistics orders_places (dependencies) on status, customer_id, total from orders;
