create schema shop authorization pg_monitor;
create view shop.one as select 1 as n;
