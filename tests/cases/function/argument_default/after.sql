create function f(a integer default 1, b text default 'y, z)') returns integer language sql as 'select 1';
