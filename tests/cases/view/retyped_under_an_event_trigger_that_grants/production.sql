create function share() returns event_trigger language plpgsql as $$
declare made record;
begin
  for made in select * from pg_event_trigger_ddl_commands() where object_type = 'view' loop
    execute format('grant select on %s to pg_monitor', made.object_identity);
  end loop;
end $$;
create event trigger share on ddl_command_end when tag in ('CREATE VIEW') execute function share();
