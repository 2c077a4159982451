-- What a customer sees of their own orders.
create view customer_orders as
select
  o.id,
  c.email,
  o.status,
  o.note,
  order_total(o.id) as total,
  o.created_at
from orders o
join customers c on c.id = o.customer_id;
