create type "Größe" as enum ('s', 'm');
create type "a name of sixty-three bytes, which is the longest that there ca" as enum ('a, b', 's');
create function "select"("from" "Größe") returns integer language sql immutable as 'select 1';
create cast ("Größe" as integer) with function "select"("Größe");
create cast ("Größe" as "a name of sixty-three bytes, which is the longest that there ca") with inout as assignment;
