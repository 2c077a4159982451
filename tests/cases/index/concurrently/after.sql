create materialized view sales as select id, status, total from orders;
create unique index concurrently sales_id on sales (id, total);
create index concurrently orders_status on orders (status desc) where status <> 'done';
comment on index orders_status is 'by status';
create index concurrently orders_total on orders (total);
comment on index orders_total is 'by total';
