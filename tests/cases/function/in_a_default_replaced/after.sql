create function half(m integer) returns bigint language sql immutable return m / 2;
create function is_even(m integer) returns boolean language sql immutable as 'select m % 2 = 0';
create function next_number() returns bigint language sql as 'select 2::bigint';
