create schema shop;
create view shop.open_orders as select 1 as n;
create view open_orders as select 1 as n;
