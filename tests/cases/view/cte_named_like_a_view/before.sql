create view orders_by_day as
with later as (select created_at::date as day from orders), days as (select day from later)
select day, count(*) as n from days group by day;
