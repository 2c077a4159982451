create view open_orders as select id, total from orders where status = 'open';
create function f(a int, b text) returns int language sql as 'select 1';
create procedure p() language sql as 'select 1';
create type mood as enum ('sad', 'happy');
create materialized view sums as select customer_id, sum(total) as sum from orders group by 1;

grant select, insert on orders to pg_monitor;
grant select (total), update (total) on orders to pg_read_all_stats;
grant all on open_orders to pg_monitor;
grant references (id) on table open_orders to public;
grant select on sums to public;
GRANT USAGE ON SEQUENCE public.customers_id_seq TO pg_monitor;
grant execute on function f(int, text) to pg_monitor;
grant execute on procedure p() to pg_monitor;
grant usage on type mood to pg_monitor;
grant create, usage on schema public to pg_monitor;
grant execute on function pg_catalog.pg_ls_dir(text) to pg_monitor;
grant usage on language plpgsql to pg_monitor;
