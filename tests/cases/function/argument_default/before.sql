create function f(a integer, b text default 'x') returns integer language sql as 'select 1';
