create type mood as enum ('sad', 'happy');
create type temper as enum ('sad', 'happy');
create function mood_of(n integer) returns mood language sql immutable as 'select (array[''sad'', ''happy'']::mood[])[n]';
create function number_of(m mood) returns integer language sql immutable as 'select array_position(enum_range(m), m)';
create cast (integer as mood) with function mood_of(integer) as assignment;
CREATE CAST (public.mood AS int4) WITH FUNCTION public.number_of(public.mood);
create cast (mood as temper) with inout as implicit;
create cast (text as mood) with inout;
