create schema shop;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
revoke execute on function f() from public;
revoke insert on answers from postgres;
grant select, insert on answers to pg_monitor;
