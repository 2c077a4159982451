create function plus(a integer, b integer) returns bigint language sql immutable as 'select a + b';
