create function compared(x integer, y bigint) returns integer language sql immutable as 'select (x - y)::integer';
create function hashed(x integer) returns integer language sql immutable as 'select x';
create operator family numbers using btree;
create operator family numbers using hash;
alter operator family numbers using btree add function 1 compared(integer, bigint);
alter operator family numbers using hash add function 1 hashed(integer);
