alter table "Order Lines" alter column "Größe" set statistics 11;
alter table "Order Lines" alter column "order" set (n_distinct = 5);
alter table orders alter column tags set storage external;
create materialized view "Sales %" as select status as "Status's" from orders;
alter materialized view "Sales %" alter column "Status's" set storage external;
