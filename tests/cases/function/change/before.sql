create function one() returns integer language sql as 'select 1';
create view ones as select one() as n;
