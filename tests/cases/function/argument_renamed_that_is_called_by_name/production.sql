create view theirs as select worth(n => id, m => 3) as w from items;
