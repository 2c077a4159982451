create view open_orders as select id, status from orders where status in ('open', 'New');
