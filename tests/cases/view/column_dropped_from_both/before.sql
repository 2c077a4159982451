create view ours as select id, amount, name from items;
