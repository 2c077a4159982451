create schema "Größe (cm)";
alter default privileges in schema "Größe (cm)" grant select on tables to pg_monitor;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
