create view theirs as select id from gone;
