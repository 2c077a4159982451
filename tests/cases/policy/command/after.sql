alter table orders enable row level security;
create policy own on orders for update using (status = 'open') with check (total > 0);
