create function log_ddl() returns event_trigger language plpgsql as $$
begin
  insert into public.ddl_log (tag, object)
  select command_tag, object_type || ' ' || object_identity from pg_event_trigger_ddl_commands();
end $$;
create event trigger logged on ddl_command_end when tag in ('CREATE VIEW', 'ALTER TABLE') execute function log_ddl();
create view tags as select tag from ddl_log;
create view long_tags as select 1 as id from tags where length(tag) > 12;
