create view barred with (security_barrier) as select id from items where amount > 0;
create view asked with (security_invoker = false) as select amount from items;
create view checked as select id, amount from items where amount > 0 with cascaded check option;
create recursive view counted (n) as select 1 union all select n + 1 from counted where n < (select max(id) from ours);
