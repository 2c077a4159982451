create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.same(shop.mood, shop.mood) returns boolean language sql immutable as 'select true';
