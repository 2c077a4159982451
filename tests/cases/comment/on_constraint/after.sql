comment on constraint customers_email_key on customers is 'one of a kind';
create view new_orders as select id from orders;
