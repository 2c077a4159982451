create view harmless as select name from items;
create view theirs as select amount / 2 as half from items;
