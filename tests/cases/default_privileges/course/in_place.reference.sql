alter default privileges revoke execute on functions from public;
alter default privileges in schema public grant select on sequences to pg_monitor;
alter default privileges for role pg_read_all_data grant all on types to pg_monitor;
alter default privileges grant delete, select on tables to pg_monitor;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
revoke delete on answers from pg_monitor;
revoke insert on answers from postgres;
grant select, insert on answers to pg_monitor;
