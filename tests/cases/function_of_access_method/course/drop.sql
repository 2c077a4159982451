create schema shop;
create type shop.mood as enum ('sad', 'happy');
create function shop.compared(shop.mood, integer) returns integer language sql immutable as 'select 1';
create operator family shop.moods using btree;
