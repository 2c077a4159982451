create view ours as select id, amount from items;
