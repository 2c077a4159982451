create view open_orders as select id, total from orders where status = 'open';
grant select, update on open_orders to pg_monitor with grant option;
grant insert on open_orders to pg_monitor;
grant select (id) on orders to pg_monitor with grant option;
grant select on customers to pg_monitor;
