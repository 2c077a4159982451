create schema shop;
create materialized view shop.sales as select id from orders;
create unique index sales_id on shop.sales (id);
