create function shorter(a text, b text) returns boolean language sql immutable as 'select length(a) < length(b)';
create function no_longer(a text, b text) returns boolean language sql immutable as 'select length(a) <= length(b)';
create function as_long(a text, b text) returns boolean language sql immutable as 'select length(a) = length(b)';
create function no_shorter(a text, b text) returns boolean language sql immutable as 'select length(a) >= length(b)';
create function longer(a text, b text) returns boolean language sql immutable as 'select length(a) > length(b)';
create function compared(a text, b text) returns integer language sql immutable as 'select length(a) - length(b)';
create function hashed(a text) returns integer language sql immutable as 'select length(a)';
create operator <# (leftarg = text, rightarg = text, function = shorter, commutator = >#, negator = >=#);
create operator <=# (leftarg = text, rightarg = text, function = no_longer, commutator = >=#, negator = >#);
create operator ==# (leftarg = text, rightarg = text, function = as_long, commutator = ==#, hashes, merges);
create operator >=# (leftarg = text, rightarg = text, function = no_shorter, commutator = <=#, negator = <#);
create operator ># (leftarg = text, rightarg = text, function = longer, commutator = <#, negator = <=#);
CREATE OPERATOR CLASS public.by_length FOR TYPE text USING btree AS
  FUNCTION 1 compared(text, text), OPERATOR 5 public.>#(text, text), OPERATOR 1 <#, OPERATOR 2 <=#, OPERATOR 3 ==#,
  OPERATOR 4 >=#, FUNCTION 4 btequalimage(oid);
create operator family lengths using hash;
create operator class of_length for type text using hash family lengths as operator 1 ==#, function 1 hashed(text);
create operator class shared for type integer[] using gin as
  operator 1 && (anyarray, anyarray), operator 2 @> (anyarray, anyarray), function 1 btint4cmp(integer, integer),
  function 2 ginarrayextract(anyarray, internal, internal),
  function 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  function 4 ginarrayconsistent(internal, smallint, anyarray, integer, internal, internal, internal, internal),
  storage integer;
