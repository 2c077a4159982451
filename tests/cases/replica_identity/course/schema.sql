create schema shop;
create materialized view shop.sales as select id, status from orders;
alter materialized view shop.sales replica identity full;
