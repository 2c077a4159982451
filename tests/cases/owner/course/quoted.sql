create type "Mood" as enum ('sad');
create view "Größe (cm)" as select 1 as "select", 2 as "it's";
create function "f ""x""" ("a b" "Mood") returns int language sql as 'select 1';
alter view "Größe (cm)" owner to pg_monitor;
alter function "f ""x"""("Mood") owner to pg_monitor;
alter type "Mood" owner to pg_monitor;
