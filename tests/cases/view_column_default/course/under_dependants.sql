create function usual() returns text language sql as $$ select $q$open$q$ $$;
create view open_orders as select status, id, total from orders;
alter view open_orders alter column status set default usual() || '?';
alter view open_orders alter column id set default 8;
create view opened as select id from open_orders;
