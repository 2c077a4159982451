create function stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger stamp before update of value on readings for each row execute function stamp();
