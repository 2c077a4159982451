create materialized view sales as select id, total from orders;
create unique index sales_id on sales (id);
create view big_sales as select id from sales where total > 100;
