create rule moved as on insert to customers where new.is_active do also (
  insert into orders (id, customer_id, total) values (new.id, new.id, 0);
  delete from "Order Lines" where "Größe" = 7
);
create rule told as on insert to customers do also (notify customers; notify orders, 'new; %');
