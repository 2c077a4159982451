create view orders_by_day as
with later as (select created_at::date as day from orders), days as (select day from later)
select day, count(*) as n from days group by day;
create view days as select day from orders_by_day;
create view later as
with recursive later as (select 1 as n union all select n + 1 from later where n < 3)
select n from later;
