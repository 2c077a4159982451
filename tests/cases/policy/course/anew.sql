alter table orders enable row level security;
create policy own on orders for select using (customer_id = 2);
CREATE POLICY adding ON public.orders FOR INSERT WITH CHECK (total > 1);
