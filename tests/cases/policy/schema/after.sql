create schema shop;
alter table shop.notes enable row level security;
create policy own on shop.notes to pg_monitor using (text = 'x');
