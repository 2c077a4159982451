create schema shop;
create materialized view shop.sales as select id from orders;
