create materialized view open_totals as select 1 as n;
create procedure f(a int) language sql as 'select 1';
grant select on open_totals to pg_monitor;
grant select (n) on open_totals to pg_read_all_stats;
comment on column open_totals.n is 'a number, still';
alter materialized view open_totals owner to pg_read_all_data;
grant execute on routine f(int) to pg_monitor;
comment on routine f(int) is 'one';
