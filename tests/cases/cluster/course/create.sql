alter table orders cluster on orders_status;
create index orders_status on orders (status);
alter materialized view sales cluster on sales_id;
create materialized view sales as select id, status from orders;
create index sales_id on sales (id);
create index sales_status on sales (status);
