create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before update of text on notes for each row execute function touch();
