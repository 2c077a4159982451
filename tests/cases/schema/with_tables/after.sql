create schema shop;
create view one as select id as n from shop.orders;
