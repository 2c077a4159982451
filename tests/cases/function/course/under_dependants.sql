create function twice(n integer) returns numeric language sql stable as 'select 2.0 * n';
create view doubles as select twice(1)::bigint as n;
create function four(n integer) returns bigint language sql return twice(n) * 2;
