create trigger listed before update of name, amount on items for each row execute function stamp('x');
create trigger asked after update on items for each row
 when (old.amount is distinct from new.amount) execute function stamp();
create constraint trigger late after insert on items deferrable initially deferred for each row
 when (new.amount > 100) execute function stamp();
create trigger beside after truncate on items for each statement execute function stamp();
alter table items disable trigger ours;
alter table items enable always trigger conditional;
alter table items enable replica trigger asked;
alter table items disable trigger late;
alter table items disable trigger beside;
comment on trigger ours on items is 'off for today';
comment on trigger late on items is 'later';
