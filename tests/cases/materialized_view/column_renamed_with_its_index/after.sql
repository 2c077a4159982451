create materialized view sales as select id, total as amount from orders;
create index sales_total on sales (amount);
