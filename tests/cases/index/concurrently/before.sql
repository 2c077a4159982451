create materialized view sales as select id, status, total from orders;
create unique index concurrently sales_id on sales (id);
create index concurrently orders_status on orders (status);
comment on index orders_status is 'by status';
