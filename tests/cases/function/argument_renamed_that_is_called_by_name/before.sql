create function worth(n integer, m integer) returns integer language sql immutable as 'select 1';
