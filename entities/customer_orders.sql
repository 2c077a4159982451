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

-- A customer cannot delete an order, only take it back.
create rule take_back_order as on delete to customer_orders
do instead
  update orders set note = 'taken back' where id = old.id;
