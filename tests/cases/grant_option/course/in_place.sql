create view open_orders as select id::text as id, total from orders where status = 'open';
grant select on open_orders to pg_monitor with grant option;
grant insert, delete on open_orders to pg_monitor;
grant select (id) on orders to pg_monitor;
grant select on customers to pg_monitor with grant option;
