create view v as select id, status from orders where status = 'open';
