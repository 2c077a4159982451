create function plus(a integer, b integer) returns integer language sql immutable as 'select a + b';
