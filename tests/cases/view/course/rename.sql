create view live_orders as select id, total::bigint as total from orders where status <> 'closed';
create view sums as select sum(total) as total from live_orders;
create function open_total() returns numeric language sql begin atomic select sum(total) from live_orders; end;
create materialized view kept_orders as select total from live_orders;
create rule quiet as on insert to live_orders do instead nothing;
