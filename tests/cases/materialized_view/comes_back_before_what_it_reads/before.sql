create view big_orders as select id, total, created_at from orders where total > 100;
create materialized view placed as select created_at::date as day from big_orders;
create view days as select day from placed;
