alter table orders enable row level security;
create policy own on orders as restrictive using (status = 'open');
