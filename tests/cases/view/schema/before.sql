create schema shop;
create view shop.orders as select id from public.orders;
create view v as select id from shop.orders;
