create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger "It's ""so""" on ddl_command_end execute function noticed();
create event trigger größe on ddl_command_end when tag in ('CREATE TABLE') execute function noticed();
alter event trigger "It's ""so""" disable;
alter event trigger größe disable;
