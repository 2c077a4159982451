create table kept (id int, size size not null, sizes size[], crate crate, flat flat);
insert into kept values (1, (2, 1, null), '{"(4,3,)","(5,,)",NULL}', (null, 'a "b", c', (7, 6, null)), (9, 8, null)), (2, (null, null, null), null, null, null);
create index on kept (((size).width));
create view heights as select id, (size).height from kept where (crate).label is not null;
create function of_crate(b crate) returns text language sql as 'select b.label';
comment on column size.width is 'it''s 100%';
