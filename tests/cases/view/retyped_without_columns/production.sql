create view theirs as select from items where name <> 'b';
create view on_theirs as select count(*) from theirs;
