create function noticed() returns event_trigger language plpgsql as 'begin end';
create event trigger plain on ddl_command_end execute function noticed();
CREATE EVENT TRIGGER tagged ON sql_drop WHEN TAG IN ('DROP TABLE', 'drop view') EXECUTE PROCEDURE public.noticed();
