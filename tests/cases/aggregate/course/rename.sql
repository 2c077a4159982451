create function add_up(x integer, y integer) returns integer language sql immutable as 'select x + y';
create function count_up(numeric) returns numeric language sql immutable as 'select $1 + 1';
create aggregate sum_up(integer) (sfunc = int4_avg_accum, stype = bigint[], finalfunc = int8_avg, initcond = '{0,0}');
create aggregate sum_up(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', sortop = <);
create aggregate lines_of(*) (sfunc = int8inc, stype = bigint, initcond = '1');
create aggregate joined(variadic integer[]) (sfunc = array_cat, stype = integer[], parallel = restricted);
create aggregate moving(integer) (sfunc = add_up, stype = integer);
create view totals as select sum_up(n) as total, moving(n) as moved, lines_of(*) as lines from generate_series(1, 3) n;
create function most() returns bigint language sql begin atomic select sum_up(n)::bigint from generate_series(1, 4) n; end;
