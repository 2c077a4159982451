comment on column ours.name is 'stays';
grant select (name) on ours to pg_monitor;
