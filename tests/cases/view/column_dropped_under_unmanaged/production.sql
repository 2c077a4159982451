create view theirs as select amount from items;
