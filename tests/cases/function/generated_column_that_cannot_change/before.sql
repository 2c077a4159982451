create function worth(n integer) returns integer language sql immutable as 'select 1';
