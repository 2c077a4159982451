create view theirs as select amount from ours;
create function own() returns event_trigger language plpgsql as $$
declare made record;
begin
  for made in select * from pg_event_trigger_ddl_commands() where object_type = 'view'
   and (select relowner <> 'pg_monitor'::regrole from pg_class where oid = objid) loop
    execute format('alter view %s owner to pg_monitor', made.object_identity);
  end loop;
end $$;
create event trigger own on ddl_command_end when tag in ('CREATE VIEW', 'ALTER VIEW') execute function own();
