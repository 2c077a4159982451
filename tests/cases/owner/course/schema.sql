create schema shop;
create view shop.open_orders as select 1 as n;
alter view shop.open_orders owner to pg_monitor;
alter schema shop owner to pg_monitor;
