create function worth(id int) returns numeric language sql as 'select 1.0';
create rule moved as on insert to customers where new.is_active do also (
  insert into orders (id, customer_id, total) values (new.id, new.id, worth(new.id));
  with late as (select o.id from orders o where o.created_at < now())
  update "Order Lines" set "Größe" = 0 where "order" in (select id from late);
  delete from "Order Lines" where "Größe" = 7
);
create rule told as on insert to customers do also (notify customers; notify orders, 'new; %');
