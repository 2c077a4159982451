create index orders_status on orders (status);
alter table only public.orders cluster on orders_pkey;
create materialized view sales as select id, status from orders;
create index sales_id on sales (id);
create index sales_status on sales (status);
alter materialized view sales cluster on sales_status;
