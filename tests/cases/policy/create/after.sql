create policy own on orders as permissive for all to pg_monitor, public
using (customer_id in (select id from customers where email = current_user))
with check (is_open(status));
create function is_open(status text) returns boolean language sql return status = 'open %';
alter table orders enable row level security;
