create materialized view sales as select id, status, total from orders;
create index sales_status on sales (status);
create index sales_total on sales (total);
