create function worth(n integer) returns integer language sql immutable strict parallel safe as 'select 2';
create function safe(n integer) returns integer language sql security definer set search_path = '' as 'select 2';
