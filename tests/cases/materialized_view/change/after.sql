create materialized view sales as select id, total, status from orders where total > 0;
create unique index sales_id on sales (id);
create view big_sales as select id from sales where total > 100;
create materialized view kept as select id from big_sales;
