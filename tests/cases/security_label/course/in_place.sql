create view one as select 1::text as n;
create function f(a int) returns int language sql as 'select 1';
security label for dummy on view one is 'unclassified';
security label for dummy on column one.n is 'it''s secret';
