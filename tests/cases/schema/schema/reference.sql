create schema shop;
create type shop.mood as enum ('fine');
create function shop.n(shop.mood) returns integer language sql as $$ select 1 $$;
create view shop.a as select shop.n('fine'::shop.mood) as n;
create view shop.b as select n from shop.a;
