create function half(n integer) returns integer language sql immutable return n / 2;
create function is_even(n integer) returns boolean language sql immutable as 'select n % 2 = 0';
set local check_function_bodies = off;
create function next_number() returns integer language sql as 'select coalesce(max(n), 0) + 2 from numbers';
create table numbers (n integer default next_number(), constraint even check (is_even(n)));
create index numbers_half on numbers (half(n));
