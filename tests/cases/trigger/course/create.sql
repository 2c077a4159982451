create function touch() returns trigger language plpgsql as $$begin return new; end$$;
create trigger touched before update on orders for each row execute function touch();
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON public.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE PROCEDURE touch();
