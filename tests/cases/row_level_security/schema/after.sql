create schema shop;
alter table shop.notes enable row level security;
alter table shop.notes force row level security;
