create view v as select id, total from orders;
