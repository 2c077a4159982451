create type mood as enum ('sad', 'ok', 'happy');
create function cheer(m mood default 'sad', others mood[] default '{}') returns mood language plpgsql as $$
begin
  return 'happy'::mood;
end
$$;
