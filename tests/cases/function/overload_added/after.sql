create function f(a integer) returns integer language sql as 'select 1';
create function f(a integer, b text) returns integer language sql as 'select 2';
create function f(a integer[]) returns integer language sql as 'select 3';
create function f() returns integer language sql as 'select 4';
