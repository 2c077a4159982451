create function "Add ""up"" (x)"(integer, integer) returns integer language sql immutable as 'select $1 + $2';
create type "Größe" as enum ('s', 'm');
create aggregate "select"("from" integer) (sfunc = "Add ""up"" (x)", stype = integer, initcond = '7');
create aggregate "Σ total, of all (the numbers) that there are, with a long name"(*) (sfunc = int8inc, stype = int8, initcond = '0');
create aggregate "Größe"("Größe") (sfunc = enum_larger, stype = "Größe", combinefunc = enum_larger);
