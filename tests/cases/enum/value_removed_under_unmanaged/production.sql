create function feel(m mood) returns text language sql as 'select m::text';
create view moods as select best() as m, feel('sad') as f;
comment on type mood is 'how one is';
comment on function feel(mood) is 'feels';
comment on view moods is 'moods';
revoke usage on type mood from public;
grant usage on type mood to pg_monitor with grant option;
grant execute on function best() to pg_monitor;
alter type mood owner to pg_monitor;
