create view one as select 1 as n;
create function f(a int) returns int language sql as 'select 1';
security label for dummy on view one is 'classified';
security label for dummy on column one.n is 'it''s secret';
security label for dummy on function f(int) is 'unclassified';
