create view ours as select id from items;
create view other as select id from items;
