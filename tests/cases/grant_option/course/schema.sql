create schema shop;
create view shop.open_orders as select 1 as n;
grant usage on schema shop to pg_monitor with grant option;
grant select on shop.open_orders to pg_monitor with grant option;
