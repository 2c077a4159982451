create view theirs as select worth(id) as w from items;
