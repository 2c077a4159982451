create view theirs as select safe(id) as w from items;
create function more(n integer) returns integer language sql begin atomic select safe(n); end;
create aggregate total(integer) (sfunc = int4pl, stype = integer, finalfunc = safe);
comment on function safe(integer) is 'safe';
revoke execute on function safe(integer) from public;
grant execute on function safe(integer) to pg_monitor;
