create function worth(n integer, k integer) returns integer language sql immutable as 'select 1';
