create function add_up(a integer, b integer) returns integer language sql immutable as 'select a + b';
create function count_up(numeric) returns numeric language sql immutable as 'select $1 + 1';
create aggregate total(integer) (sfunc = int4_sum, stype = bigint, initcond = '7');
create aggregate total(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', sortop = <);
create aggregate counted(*) (sfunc = count_up, stype = numeric, initcond = '1');
create aggregate joined(variadic integer[]) (sfunc = array_cat, stype = integer[], parallel = restricted);
create aggregate moving(integer) (sfunc = add_up, stype = integer);
