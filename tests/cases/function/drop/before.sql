create function one() returns integer language sql as 'select 1';
create function two() returns integer language sql begin atomic select one() + 1; end;
