create function noticed() returns event_trigger language plpgsql as 'begin end';
create function noticed_as_well() returns event_trigger language plpgsql as 'begin end';
create event trigger mine on ddl_command_start execute function noticed();
create event trigger tagged on sql_drop when tag in ('DROP VIEW') execute function noticed_as_well();
