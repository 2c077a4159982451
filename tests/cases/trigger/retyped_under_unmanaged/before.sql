create function stamp() returns trigger language plpgsql as 'begin return new; end';
create trigger ours before update of amount on items for each row execute function stamp();
create trigger conditional after insert on items for each row when (new.amount > 0) execute function stamp();
