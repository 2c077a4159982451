create function f(a int, b text) returns text language sql as 'select 1::text';
create procedure p() language sql as 'select 1';
create type mood as enum ('sad', 'happy');
create view open_orders as select 1::text as n;
revoke execute on function f(int, text) from public;
grant execute on function f(int, text) to pg_monitor;
revoke usage on schema public from public;
revoke update, delete on open_orders from postgres;
