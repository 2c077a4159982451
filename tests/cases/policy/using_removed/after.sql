alter table orders enable row level security;
create policy own on orders with check (total > 0);
