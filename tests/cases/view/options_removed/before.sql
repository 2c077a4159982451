create view v with (security_barrier = true) as select id, status from orders with local check option;
