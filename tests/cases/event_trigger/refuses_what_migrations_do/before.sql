create function refuse() returns event_trigger language plpgsql as $$ begin raise 'nothing is dropped here'; end $$;
create event trigger kept on sql_drop when tag in ('DROP VIEW') execute function refuse();
create view one as select 1 as n;
