create function one() returns integer language sql as 'select 2 - 1';
create view ones as select one() as n;
