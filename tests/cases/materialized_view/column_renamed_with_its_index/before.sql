create materialized view sales as select id, total from orders;
create index sales_total on sales (total);
