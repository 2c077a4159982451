create function usual() returns text language sql as $$ select $q$open$q$ $$;
create view open_orders as select id, status, total from orders;
alter view open_orders alter column status set default usual();
alter view public.open_orders alter total set default 1 + 1;
alter view open_orders alter column id set default 7;
