create view theirs as select a, b from pairs();
