create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.less(shop.mood, integer) returns boolean language sql immutable as 'select true';
create operator shop.<== (leftarg = shop.mood, rightarg = integer, function = shop.less);
create operator family shop.moods using btree;
