create materialized view sales as select id, status from orders;
create index sales_lower on sales (id, lower(status));
alter table orders alter column details set storage external;
alter table orders alter status set compression pglz;
alter table orders alter column status set statistics 500;
alter table orders alter column customer_id set (n_distinct_inherited = 30, n_distinct = -0.5);
alter materialized view sales alter column status set statistics 7;
alter materialized view sales alter column status set storage main;
alter index sales_lower alter column 2 set statistics 9;
