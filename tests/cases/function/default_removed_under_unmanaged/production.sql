create view theirs as select worth(id, 2) as w from items;
create table holds (a integer check (worth(a, 1) > 0), b integer default worth(1, 1));
comment on view theirs is 'both are given';
