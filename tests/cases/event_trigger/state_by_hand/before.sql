create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger off on ddl_command_end execute function noticed();
create event trigger always on ddl_command_end execute function noticed();
create event trigger replica on ddl_command_end execute function noticed();
