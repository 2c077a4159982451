create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger größe on ddl_command_end execute function noticed();
alter event trigger größe disable;
