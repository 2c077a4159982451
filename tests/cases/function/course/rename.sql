create function doubled(n integer) returns numeric language sql stable as 'select 2.0 * n';
create view doubles as select doubled(1)::bigint as n;
create function four(n integer) returns bigint language sql return doubled(n) * 2;
