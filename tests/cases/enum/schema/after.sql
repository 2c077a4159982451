create schema shop;
create type shop.mood as enum ('sad');
create type mood as enum ('other');
create function of_both(a shop.mood, b mood) returns integer language sql as $$ select 1 $$;
