create view one as select id from orders;
