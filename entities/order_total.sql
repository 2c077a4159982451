create function order_total(order_id integer) returns numeric
language sql stable
as $$
  select coalesce(sum(line.quantity * line.price), 0)
  from orders_products line
  where line.order_id = order_total.order_id
$$;
