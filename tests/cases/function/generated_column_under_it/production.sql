create table holds (a integer, b integer generated always as (worth(a)) stored, c integer);
alter table holds alter column b set statistics 9;
comment on column holds.b is 'its worth';
grant select (b) on holds to pg_monitor;
create index holds_b on holds (b);
create view theirs as select b from holds;
create publication picked for table holds (a, c);
