create view v as select id, total from orders;
create view w as select id from v;
