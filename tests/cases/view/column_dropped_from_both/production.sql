create view theirs as select id, name from ours;
create view beside as select id, name from items;
create materialized view figures as select id from theirs;
create unique index figures_id on figures (id);
grant select on theirs to pg_monitor;
comment on view ours is 'less of it';
