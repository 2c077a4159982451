alter table orders enable row level security;
create policy own on orders to current_user using (status = 'open');
