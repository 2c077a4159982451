alter table orders enable row level security;
create policy own on orders using (status = 'open');
create policy other on orders for select using (true);
