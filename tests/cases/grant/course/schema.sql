create schema shop;
create view shop.open_orders as select 1 as n;
create view open_orders as select 1 as n;
grant usage on schema shop to public;
grant select on shop.open_orders to pg_monitor;
grant select on open_orders to pg_monitor;
