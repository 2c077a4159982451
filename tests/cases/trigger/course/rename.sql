create function touch() returns trigger language plpgsql as $$begin return new; end$$;
create trigger changed before insert or update of total on orders for each row when (new.total > 1) execute function touch();
create constraint trigger checked after update on orders for each row execute function touch();
