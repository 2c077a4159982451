create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before insert or update on orders for each row when (new.total > 0) execute function touch();
