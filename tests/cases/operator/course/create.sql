create function same(a integer, b integer) returns boolean language sql immutable as 'select a = b';
create function other(a integer, b integer) returns boolean language sql immutable as 'select a <> b';
create function less(a integer, b integer) returns boolean language sql immutable as 'select a < b';
create function turned(integer) returns integer language sql immutable as 'select -$1';
create operator === (
  leftarg = integer, rightarg = int4, procedure = same, commutator = ===, negator = !==, restrict = eqsel,
  join = eqjoinsel, hashes, merges
);
CREATE OPERATOR public.!== (
  RIGHTARG = integer, LEFTARG = integer, FUNCTION = other, NEGATOR = ===, HASHES = FALSE
);
create operator <== (leftarg = integer, rightarg = integer, procedure = less, commutator = >==);
create operator >== (leftarg = integer, rightarg = integer, function = public.other, commutator = <==);
create operator @~ (rightarg = integer, function = turned);
