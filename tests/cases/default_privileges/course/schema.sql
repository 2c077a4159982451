create schema shop;
alter default privileges in schema shop grant all on tables to public;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
