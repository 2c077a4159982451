create schema shop;
alter table shop.notes enable row level security;
create policy own on shop.notes using (text = '');
