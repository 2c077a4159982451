create view open_orders as select id, total::text as total from orders where status = 'open';
create function f(a int, b text) returns text language sql as 'select 1::text';
create procedure p() language sql as 'select 1';
create type mood as enum ('sad', 'happy');
create materialized view sums as select customer_id, sum(total) as sum from orders group by 1;

grant delete on orders to pg_monitor;
grant insert (total) on orders to pg_read_all_stats;
grant select, update on open_orders to pg_monitor;
GRANT USAGE ON SEQUENCE public.customers_id_seq TO pg_monitor;
grant execute on function f(int, text) to pg_monitor;
grant all on procedure p() to pg_monitor;
grant usage on type mood to pg_monitor;
grant create, usage on schema public to pg_monitor;
grant execute on function pg_catalog.pg_ls_dir(text) to pg_monitor;
grant usage on language plpgsql to pg_monitor;
