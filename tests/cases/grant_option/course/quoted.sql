create view "Größe (cm)" as select 1 as "it's";
grant all on "Größe (cm)" to pg_monitor with grant option;
grant select ("it's") on "Größe (cm)" to pg_monitor with grant option;
