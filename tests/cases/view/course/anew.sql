create view open_orders as select total from orders where status <> 'closed';
create view numbers as select 'two'::text as n;
