alter table orders enable row level security;
create policy own on orders using (customer_id = 2) with check (total > 1);
CREATE POLICY adding ON public.orders AS RESTRICTIVE FOR INSERT TO pg_monitor, current_user WITH CHECK (total > 1);
