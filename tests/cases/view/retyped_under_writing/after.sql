create view ours as select id, name, amount from items;
