create function worth(n bigint) returns integer language sql immutable as 'select 2';
