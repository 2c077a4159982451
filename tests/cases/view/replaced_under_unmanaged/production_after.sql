create view theirs as select id, name from ours;
create materialized view figures as select count(*) as n from ours;
create function label(of ours) returns text language sql begin atomic select (of).name; end;
comment on view ours is 'ours';
comment on column ours.name is 'upper or lower';
grant select (name) on ours to pg_monitor;
alter view ours owner to pg_monitor;
create rule kept as on delete to ours do instead nothing;
