create materialized view sales as
select customer_id, sum(total) as total from orders group by customer_id
with no data;
create materialized view kept using heap with (fillfactor = 80) as select id from orders;
