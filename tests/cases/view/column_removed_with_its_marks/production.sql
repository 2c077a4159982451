comment on column ours.amount is 'goes';
comment on column ours.name is 'stays';
grant select (name, amount) on ours to pg_monitor;
