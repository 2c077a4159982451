create type "Mood" as enum ('sad');
create view "Größe (cm)" as select 1 as "select", 2 as "it's";
create function "f ""x""" ("a b" "Mood") returns int language sql as 'select 1';
create view "to" as select 1 as "on";
grant select on "Größe (cm)" to pg_monitor;
grant select ("it's"), insert ("it's") on "Größe (cm)" to pg_monitor;
grant execute on function "f ""x"""("Mood") to pg_monitor;
grant usage on type "Mood" to pg_monitor;
grant select ("on") on "to" to pg_monitor;
