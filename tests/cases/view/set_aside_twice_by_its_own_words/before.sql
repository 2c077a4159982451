create view sums as select id::bigint as number, total from orders;
create view days as select created_at::date as day from orders;
create view report as select sums.number::bigint as number, days.day::date as day from sums cross join days;
