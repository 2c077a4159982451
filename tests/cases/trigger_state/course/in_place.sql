create function touch() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touch before update on orders for each row execute function touch();
create trigger touch_too before insert on orders for each row execute function touch();
create constraint trigger touch after insert on customers for each row execute function touch();
alter table orders enable replica trigger touch;
alter table only public.orders enable always trigger touch_too;
alter table customers disable trigger touch;
