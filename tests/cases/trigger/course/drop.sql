create schema shop;
create function shop.touch() returns trigger language plpgsql as $$begin return new; end$$;
create view shop.lines as select id from orders;
