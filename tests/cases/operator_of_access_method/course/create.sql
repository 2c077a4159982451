create function less(a integer, b bigint) returns boolean language sql immutable as 'select a < b';
create function no_more(a integer, b bigint) returns boolean language sql immutable as 'select a <= b';
create operator <== (leftarg = integer, rightarg = bigint, function = less);
create operator <=== (leftarg = integer, rightarg = bigint, function = no_more);
create operator family numbers using btree;
alter operator family numbers using btree add operator 1 <== (integer, bigint);
ALTER OPERATOR FAMILY public.numbers USING btree ADD OPERATOR 2 public.<===(int4, int8) FOR SEARCH;
alter operator family numbers using btree add operator 3 = (integer, integer);
