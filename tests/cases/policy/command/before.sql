alter table orders enable row level security;
create policy own on orders for select using (status = 'open');
