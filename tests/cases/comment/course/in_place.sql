create function touch() returns trigger language plpgsql as 'begin return new; end';
create view open_orders as select total::text as total from orders where status = 'open';
create function f(a int, b text) returns text language sql as 'select 1::text';
create type mood as enum ('sad', 'happy');
create trigger touched before update on orders for each row execute function touch();
create rule kept as on delete to orders do instead nothing;
alter table orders enable row level security;
create policy own on orders using (true);
create statistics places on customer_id, status from orders;
create materialized view sums as select customer_id, sum(total) as sum from orders group by 1;
create index sums_customer on sums (customer_id);
create procedure p() language sql as 'select 1';

comment on view open_orders is 'open';
comment on function f(integer, text) is 'another text
of text';
comment on type mood is 'how one feels';
comment on trigger touched on orders is 'a trigger';
comment on policy own on orders is 'a policy';
comment on constraint orders_pkey on orders is 'a constraint';
comment on index orders_pkey is 'an index of a model';
comment on statistics places is 'statistics';
comment on materialized view sums is 'sums';
comment on index sums_customer is 'an index';
COMMENT ON PROCEDURE public.p() IS 'a procedure';
comment on sequence customers_id_seq is 'a sequence of a model';
comment on schema public is 'ours, still';
