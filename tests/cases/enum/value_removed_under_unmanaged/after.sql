create type mood as enum ('sad', 'happy');
create function best() returns mood language sql as $$select 'happy'::mood$$;
