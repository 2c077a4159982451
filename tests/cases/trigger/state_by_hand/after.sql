create function stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger off before insert or update on items for each row execute function stamp();
create trigger always before insert or update on items for each row execute function stamp();
create trigger replica before insert or update on items for each row execute function stamp();
create constraint trigger anew after insert or update on items for each row execute function stamp();
