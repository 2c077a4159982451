create function compared(a integer, b bigint) returns integer language sql immutable as 'select (a - b)::integer';
create function hashed(a integer) returns integer language sql immutable as 'select a';
create operator family numbers using btree;
create operator family numbers using hash;
alter operator family numbers using btree add function 1 compared(integer, bigint);
ALTER OPERATOR FAMILY public.numbers USING hash ADD FUNCTION 1 (int4) public.hashed(integer);
alter operator family numbers using btree add function 2 (integer, integer) btint4sortsupport(internal);
