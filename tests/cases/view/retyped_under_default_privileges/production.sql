create view theirs as select amount from ours;
create function made(t theirs) returns bigint language sql begin atomic select t.amount; end;
grant select on ours to pg_monitor;
revoke execute on function made(theirs) from public;
alter default privileges grant select, update on tables to pg_signal_backend;
alter default privileges revoke execute on functions from public;
alter default privileges grant execute on functions to pg_monitor with grant option;
