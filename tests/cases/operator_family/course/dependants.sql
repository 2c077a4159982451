create operator family numbers using btree;
create operator family numbers using hash;
create function less(a integer, b bigint) returns boolean language sql immutable as 'select a < b';
create operator <== (leftarg = integer, rightarg = bigint, function = less);
create operator class small_numbers for type smallint using btree family numbers as
  operator 1 <, operator 2 <=, operator 3 =, operator 4 >=, operator 5 >, function 1 btint2cmp(smallint, smallint);
alter operator family numbers using btree add operator 1 <== (integer, bigint);
alter operator family numbers using btree add function 1 (integer, bigint) btint48cmp(integer, bigint);
