create function add_up(a integer, b integer) returns integer language sql immutable as 'select a + b';
create aggregate total(integer) (sfunc = int4pl, stype = int, initcond = '7', combinefunc = int4pl);
create aggregate total(bigint) (sfunc = int8pl, stype = bigint, initcond = '0', sortop = <);
create aggregate counted(*) (sfunc = int8inc, stype = bigint, initcond = '1');
create aggregate joined(variadic parts integer[]) (sfunc = array_cat, stype = integer[], parallel = restricted);
create aggregate middle(float8 order by anyelement) (
  sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra, finalfunc_modify = shareable
);
create aggregate placed(variadic "any" order by variadic "any") (
  sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical
);
create aggregate moving(integer) (sfunc = add_up, stype = integer);
