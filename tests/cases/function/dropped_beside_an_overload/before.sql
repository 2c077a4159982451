create function worth(n integer) returns integer language sql immutable as 'select 1';
create function worth(n bigint) returns integer language sql immutable as 'select 2';
