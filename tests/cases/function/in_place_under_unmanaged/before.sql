create function worth(n integer) returns integer language sql as 'select 1';
create function safe(n integer) returns integer language sql security definer set search_path = '' as 'select 1';
