create function f(a integer, b text) returns integer language sql as 'select 1';
create view v as select f(1, 'y') as n;
