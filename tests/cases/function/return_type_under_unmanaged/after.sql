create function worth(n integer) returns bigint language sql immutable as 'select 1';
