create function one() returns integer language sql immutable strict security definer cost 5 set search_path = public as 'select 1';
