create schema shop;
create view shop.orders as select id from public.orders where total > 0;
create view v as select id from shop.orders;
