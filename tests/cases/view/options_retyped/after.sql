create view ours with (security_invoker) as select id, amount from items;
