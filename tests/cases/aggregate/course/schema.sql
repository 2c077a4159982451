create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.add_up(integer, integer) returns integer language sql immutable as 'select $1 + $2';
create aggregate shop.total(integer) (sfunc = shop.add_up, stype = integer, initcond = '0');
create aggregate shop.best(shop.mood) (sfunc = enum_larger, stype = shop.mood);
create aggregate best(shop.mood) (sfunc = enum_smaller, stype = shop.mood);
