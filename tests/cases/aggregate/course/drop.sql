create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.add_up(integer, integer) returns integer language sql immutable as 'select $1 + $2';
