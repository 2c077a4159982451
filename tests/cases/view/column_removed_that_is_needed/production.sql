create view theirs as select amount from ours;
comment on view theirs is 'still needs it';
