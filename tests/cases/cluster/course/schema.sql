create schema shop;
create materialized view shop.sales as select id, status from orders;
create index sales_id on shop.sales (id);
alter materialized view shop.sales cluster on sales_id;
