create view harmless as select day from items where day is not null;
create view theirs as select day - 3 as before from items;
