create function "It's ""so"""() returns event_trigger language plpgsql as 'begin end';
create event trigger "It's ""so""" on ddl_command_end execute function "It's ""so"""();
create event trigger "select" on sql_drop execute function "It's ""so"""();
create event trigger größe on sql_drop execute function "It's ""so"""();
create event trigger a23456789012345678901234567890123456789012345678901234567890123
  on ddl_command_end execute function "It's ""so"""();
