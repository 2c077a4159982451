create extension postgres_fdw;
create server archive foreign data wrapper postgres_fdw options (host 'archive.invalid', dbname 'shop');
create user mapping for public server archive options (user 'reader', password_required 'false');
create foreign table old_orders (id integer options (column_name 'order_id'), total numeric)
  server archive options (table_name 'orders');
create view old_totals as select sum(total) as total from old_orders;
