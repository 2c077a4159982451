create view other as select id from items;
