create view v with (security_barrier, security_invoker = true) as
select id, status from orders where status = 'open' with cascaded check option;
