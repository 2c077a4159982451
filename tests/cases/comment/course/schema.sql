create schema shop;
create view shop.open_orders as select 1 as n;
create view open_orders as select 1 as n;
comment on schema shop is 'where things are';
comment on view shop.open_orders is 'there';
comment on column shop.open_orders.n is 'a number';
