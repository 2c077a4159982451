alter table orders enable row level security;
create policy own on orders using (status = 'open');
