create function touch() returns trigger language plpgsql as $$begin return new; end$$;
create trigger "Touch ""in"" Köln" before update of "Größe" on "Order Lines" for each row execute function touch();
create trigger "a name of sixty-three bytes, which is the longest that there ca" after insert on "Order Lines" referencing new table as "New" for each statement execute function touch();
