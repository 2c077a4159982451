comment on constraint orders_pkey on orders is 'one of a kind';
create view new_orders as select id from orders;
