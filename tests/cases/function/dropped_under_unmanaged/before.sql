create function worth(n integer) returns integer language sql immutable as 'select 1';
create function other() returns integer language sql as 'select 1';
