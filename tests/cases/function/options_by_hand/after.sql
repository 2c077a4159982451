create function worth(n integer) returns integer language sql as 'select 2';
