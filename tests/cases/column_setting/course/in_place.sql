create materialized view sales as select id, status from orders;
create index sales_lower on sales (id, lower(status));
alter table orders alter column details set storage main;
alter table orders alter column status set statistics 0;
alter table orders alter column customer_id set (n_distinct = 200);
alter materialized view sales alter column status set storage external;
alter index sales_lower alter column 2 set statistics 10;
