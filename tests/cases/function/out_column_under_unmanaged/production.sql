create view theirs as select a, b from pairs();
create materialized view figures as select sum(b) as s from pairs();
create index figures_s on figures (s);
grant select on theirs to pg_monitor;
revoke execute on function pairs() from public;
