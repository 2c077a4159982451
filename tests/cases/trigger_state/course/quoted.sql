create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger "Touch ""it"", %" before update on "Order Lines" for each row execute function touch();
alter table "Order Lines" disable trigger "Touch ""it"", %";
