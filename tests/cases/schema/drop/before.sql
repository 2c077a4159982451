create schema shop;
create function shop.one() returns integer language sql as $$ select 1 $$;
