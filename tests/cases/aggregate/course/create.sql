create function add_up(a integer, b integer) returns integer language sql immutable as 'select a + b';
create aggregate total(integer) (sfunc = add_up, stype = int, initcond = '0', parallel = safe);
create aggregate total(basetype = bigint, sfunc1 = int8pl, stype1 = int8, initcond1 = '0', sortop = >);
CREATE OR REPLACE AGGREGATE counted(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = 0, COMBINEFUNC = int8pl);
create aggregate joined(variadic parts integer[]) (sfunc = array_cat, stype = integer[]);
create aggregate middle(float8 order by anyelement) (
  sfunc = ordered_set_transition, stype = internal, finalfunc = percentile_disc_final, finalfunc_extra
);
create aggregate placed(variadic "any" order by variadic "any") (
  sfunc = ordered_set_transition_multi, stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical
);
create aggregate moving(integer) (
  sfunc = int4pl, stype = integer, sspace = 16, msfunc = int4pl, minvfunc = int4mi, mstype = integer, initcond = '0',
  minitcond = '0', mfinalfunc = int4abs, mfinalfunc_modify = shareable
);
