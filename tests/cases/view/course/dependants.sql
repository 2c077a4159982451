create view open_orders as select total from orders where status <> 'closed';
create view sums as select sum(total) as total from open_orders;
create function open_total() returns numeric language sql begin atomic select sum(total) from open_orders; end;
create materialized view kept_orders as select total from open_orders;
create rule quiet as on insert to open_orders do instead nothing;
