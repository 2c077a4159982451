create function shorter(x text, y text) returns boolean language sql immutable as 'select length(x) < length(y)';
create function no_longer(x text, y text) returns boolean language sql immutable as 'select length(x) <= length(y)';
create function as_long(x text, y text) returns boolean language sql immutable as 'select length(x) = length(y)';
create function no_shorter(x text, y text) returns boolean language sql immutable as 'select length(x) >= length(y)';
create function longer(x text, y text) returns boolean language sql immutable as 'select length(x) > length(y)';
create function compared(x text, y text) returns integer language sql immutable as 'select length(x) - length(y)';
create function hashed(x text) returns integer language sql immutable as 'select length(x)';
create operator <# (leftarg = text, rightarg = text, function = shorter, commutator = >#, negator = >=#);
create operator <=# (leftarg = text, rightarg = text, function = no_longer, commutator = >=#, negator = >#);
create operator ==# (leftarg = text, rightarg = text, function = as_long, commutator = ==#, hashes, merges);
create operator >=# (leftarg = text, rightarg = text, function = no_shorter, commutator = <=#, negator = <#);
create operator ># (leftarg = text, rightarg = text, function = longer, commutator = <#, negator = <=#);
create operator class by_length for type text using btree as
  operator 1 <#, operator 2 <=#, operator 3 ==#, operator 4 >=#, operator 5 >#, function 1 compared(text, text), function 4 btequalimage(oid);
create operator class of_length for type text using hash as operator 1 ==#, function 1 hashed(text);
create materialized view words as select word from unnest(array['one', 'two', 'three']) word;
create index words_length on words (word by_length);
create index words_hashed on words using hash (word public.of_length);
alter operator family by_length using btree add operator 1 < (integer, bigint);
