create function worth(m integer) returns integer language sql immutable as 'select 1';
