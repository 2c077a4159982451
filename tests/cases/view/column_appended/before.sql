create view v as select id from orders;
create view w as select id from v;
