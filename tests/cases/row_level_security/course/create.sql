alter table orders enable row level security;
ALTER TABLE ONLY public.customers FORCE ROW LEVEL SECURITY;
