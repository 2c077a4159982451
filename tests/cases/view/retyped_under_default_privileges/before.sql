create view ours as select id, amount from items;
create view bare as select amount from items;
