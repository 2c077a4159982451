create schema shop;
create function shop.noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger plain on ddl_command_end execute function shop.noticed();
