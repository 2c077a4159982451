create function half(n integer) returns integer language sql immutable return n / 2;
create function is_even(n integer) returns boolean language sql immutable as 'select n % 2 = 0';
create function next_number() returns integer language sql as 'select coalesce(max(n), 0) + 2 from numbers';
