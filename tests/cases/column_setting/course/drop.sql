create schema shop;
create materialized view shop.sales as select status from orders;
