create view theirs as select id, name from items where name in ('c', 'd');
create policy chosen on items using (name in ('e', 'f'));
