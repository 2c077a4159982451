create schema shop;
create type mood as enum ('sad', 'happy');
create type shop.mood as enum ('sad', 'happy');
create function shop.mood_of(mood) returns shop.mood language sql immutable as 'select $1::text::shop.mood';
create cast (mood as shop.mood) with function shop.mood_of(mood) as assignment;
create cast (shop.mood as mood) with inout as assignment;
create view shop.moods as select 'sad'::mood::shop.mood as mood;
