create schema shop;
create view answers as select 1 as n;
create function f() returns int language sql as 'select 1';
