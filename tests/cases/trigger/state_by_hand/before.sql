create function stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger off before update on items for each row execute function stamp();
create trigger always before update on items for each row execute function stamp();
create trigger replica before update on items for each row execute function stamp();
create constraint trigger anew after update on items for each row execute function stamp();
