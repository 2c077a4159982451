create view big_orders as select id, total from orders where total > 100;
create materialized view placed as select current_date as day from big_orders;
create view days as select day from placed;
