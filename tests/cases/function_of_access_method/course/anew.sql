create function compared(a integer, b bigint) returns integer language sql immutable as 'select (a - b)::integer';
create function hashed(a integer) returns integer language sql immutable as 'select a';
create operator family numbers using btree;
create operator family numbers using hash;
create function compared_again(integer, bigint) returns integer language sql immutable as 'select 0';
alter operator family numbers using btree add function 1 (integer, bigint) compared_again(integer, bigint);
alter operator family numbers using hash add function 1 hashed(integer);
