create type mood as enum ('sad', 'happy');
create type temper as enum ('sad', 'happy');
create function mood_of(n integer) returns mood language sql immutable as 'select (array[''sad'', ''happy'']::mood[])[n]';
create function number_of(m mood) returns integer language sql immutable as 'select array_position(enum_range(m), m)';
create function any_mood(n integer) returns mood language sql immutable as 'select ''sad''::mood';
create cast (integer as mood) with function any_mood(integer) as implicit;
create cast (public.mood as integer) with function number_of(mood) as assignment;
create cast (mood as temper) with inout;
create cast (text as mood) with inout as assignment;
