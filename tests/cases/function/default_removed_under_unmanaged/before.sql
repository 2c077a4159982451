create function worth(n integer, m integer default 1) returns integer language sql immutable as 'select 1';
