create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.less(shop.mood, integer) returns boolean language sql immutable as 'select true';
create operator shop.<== (leftarg = shop.mood, rightarg = integer, function = shop.less);
create operator family shop.moods using btree;
alter operator family shop.moods using btree add operator 1 shop.<== (shop.mood, integer);
alter operator family pg_catalog.integer_ops using btree add operator 1 shop.<== (shop.mood, integer);
