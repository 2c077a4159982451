create view ours as select id from items;
