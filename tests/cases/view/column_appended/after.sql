create view v as select id, total, discount from orders;
create view w as select id from v;
