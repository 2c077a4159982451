create schema shop;
create materialized view shop.sales as select id, total from orders;
create index sales_total on shop.sales (total);
create materialized view sales as select id, total from orders;
create index sales_total on sales (total);
