create rule written as on insert to open_orders do instead
  insert into orders (id, customer_id, total) values (new.id, 1, 0) returning id;
create view open_orders as select id from orders where status = 'open';
