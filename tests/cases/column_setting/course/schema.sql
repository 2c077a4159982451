create schema shop;
create materialized view shop.sales as select status from orders;
alter materialized view shop.sales alter column status set storage external;
alter materialized view shop.sales alter column status set statistics 3;
