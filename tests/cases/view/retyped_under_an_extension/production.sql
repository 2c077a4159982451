create view theirs as select amount from ours;
alter extension plpgsql add view theirs;
