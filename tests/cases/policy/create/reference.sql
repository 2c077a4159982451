create function is_open(status text) returns boolean language sql return status = 'open %';
create policy own on orders as permissive for all to pg_monitor, public
using (customer_id in (select id from customers where email = current_user))
with check (is_open(status));
alter table orders enable row level security;
