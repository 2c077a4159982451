create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.same(shop.mood, shop.mood) returns boolean language sql immutable as 'select true';
create operator shop.=== (leftarg = shop.mood, rightarg = shop.mood, function = shop.same, hashes);
create operator class shop.moods for type shop.mood using hash as
  operator 1 shop.===, function 1 (shop.mood, shop.mood) hashenum(anyenum);
create operator class moods for type shop.mood using hash as
  operator 1 shop.===, function 1 (shop.mood, shop.mood) hashenum(anyenum);
