create function twice(number integer) returns bigint language sql stable as 'select 2::bigint * number';
create view doubles as select twice(1) as n;
create function four(n integer) returns bigint language sql return twice(n) * 2;
