create function add_up(x integer, y integer) returns integer language sql immutable as 'select x + y';
create function count_up(numeric) returns numeric language sql immutable as 'select $1 + 1';
create aggregate total(integer) (sfunc = int4_avg_accum, stype = bigint[], finalfunc = int8_avg, initcond = '{0,0}');
create aggregate total(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', sortop = <);
create aggregate counted(*) (sfunc = int8inc, stype = bigint, initcond = '1');
create aggregate joined(variadic integer[]) (sfunc = array_cat, stype = integer[], parallel = restricted);
create aggregate moving(integer) (sfunc = add_up, stype = integer);
create view totals as select total(n) as total, moving(n) as moved, counted(*) as lines from generate_series(1, 3) n;
create function most() returns bigint language sql begin atomic select total(n)::bigint from generate_series(1, 4) n; end;
