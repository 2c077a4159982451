create view open_orders as select id from orders where status = 'open';
create rule written as on delete to open_orders do instead delete from orders where id = old.id;
