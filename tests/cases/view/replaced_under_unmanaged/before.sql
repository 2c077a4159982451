create view ours as select id, name from items;
