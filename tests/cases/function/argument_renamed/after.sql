create function f(b integer) returns integer language sql as 'select b';
create view v as select f(1) as n;
