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
create operator class by_length for type text using btree as
  operator 1 <#, operator 2 <=#, operator 3 ==#, operator 4 >=#, operator 5 >#, function 1 compared(text, text);
create operator family lengths using hash;
create operator family other_lengths using hash;
create operator class of_length for type text using hash family other_lengths as operator 1 ==#, function 1 hashed(text);
create operator class shared for type integer[] using gin as
  operator 1 && (anyarray, anyarray), function 1 btint4cmp(integer, integer),
  function 2 ginarrayextract(anyarray, internal, internal),
  function 3 ginqueryarrayextract(anyarray, internal, smallint, internal, internal, internal, internal),
  function 4 ginarrayconsistent(internal, smallint, anyarray, integer, internal, internal, internal, internal),
  storage integer;
