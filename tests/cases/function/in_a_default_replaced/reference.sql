create function half(m integer) returns bigint language sql immutable return m / 2;
create function is_even(m integer) returns boolean language sql immutable as 'select m % 2 = 0';
create function next_number() returns bigint language sql as 'select 2::bigint';
create table numbers (n integer default next_number(), constraint even check (is_even(n)));
create index numbers_half on numbers (half(n));
