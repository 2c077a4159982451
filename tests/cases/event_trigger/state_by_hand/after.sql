create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger off on ddl_command_end when tag in ('CREATE TABLE') execute function noticed();
create event trigger always on sql_drop execute function noticed();
create event trigger replica on ddl_command_start execute function noticed();
