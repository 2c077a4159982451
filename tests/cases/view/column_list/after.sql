create view v (number, "Stand :") as select id, status from orders;
