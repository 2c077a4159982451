create view theirs as select worth(id, 2) as w from items;
create index items_worth on items (worth(id, 5));
create function more() returns integer language sql begin atomic select worth(1, 2); end;
comment on index items_worth is 'calls by position';
