create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.compared(shop.mood, integer) returns integer language sql immutable as 'select 1';
create operator family shop.moods using btree;
alter operator family shop.moods using btree add function 1 shop.compared(shop.mood, integer);
alter operator family pg_catalog.integer_ops using btree add function 1 shop.compared(shop.mood, integer);
