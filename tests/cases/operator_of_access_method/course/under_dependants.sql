create function less(a integer, y bigint) returns boolean language sql immutable as 'select a < y';
create function no_more(a integer, y bigint) returns boolean language sql immutable as 'select a <= y';
create operator <== (leftarg = integer, rightarg = bigint, function = less);
create operator <=== (leftarg = integer, rightarg = bigint, function = no_more);
create operator family numbers using btree;
alter operator family numbers using btree add operator 1 < (integer, bigint);
alter operator family numbers using btree add operator 2 <=== (integer, bigint);
