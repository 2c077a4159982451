create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger one on ddl_command_end execute function noticed();
create event trigger two on ddl_command_end execute function noticed();
create event trigger three on ddl_command_end execute function noticed();
alter event trigger one disable;
ALTER EVENT TRIGGER "two" ENABLE ALWAYS;
alter event trigger three enable replica;
