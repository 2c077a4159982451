create function log_ddl() returns event_trigger language plpgsql as $$
begin
  insert into public.ddl_log (tag, object)
  select command_tag, object_identity from pg_event_trigger_ddl_commands();
end $$;
create event trigger logged on ddl_command_end execute function log_ddl();
create view tags as select id, tag from ddl_log;
create view long_tags as select id from tags where length(tag) > 12;
