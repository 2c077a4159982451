create function one() returns integer language sql as 'select 1';
create function two() returns bigint language sql begin atomic select one() + 1; end;
create view ones as select one() as n, total from orders;
create view twos as select n + 1 as n from ones;
create materialized view kept as select n, two() as m from twos;
create unique index kept_n on kept (n, m);
create policy own on orders using (one() = 1);
alter table orders enable row level security;
