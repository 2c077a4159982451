create schema shop;
create type mood as enum ('sad', 'happy');
create type shop.mood as enum ('sad', 'happy');
create function shop.mood_of(mood) returns shop.mood language sql immutable as 'select $1::text::shop.mood';
