create table kept (id int, size size not null, sizes size[], crate crate, flat flat);
insert into kept values (1, (1, 2), '{"(3,4)","(,5)",NULL}', ('a "b", c', (6, 7), null), (8, 9)), (2, (null, null), null, null, null);
create index on kept (((size).width));
create view heights as select id, (size).height from kept where (crate).label is not null;
create function of_crate(b crate) returns text language sql as 'select b.label';
comment on column size.width is 'it''s 100%';
