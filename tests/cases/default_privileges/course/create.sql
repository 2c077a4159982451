alter default privileges grant select, insert on tables to pg_monitor;
alter default privileges revoke execute on functions from public;
alter default privileges in schema public grant usage on sequences to pg_monitor with grant option;
alter default privileges for role pg_read_all_data grant usage on types to pg_monitor;
alter default privileges revoke insert on tables from postgres;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
