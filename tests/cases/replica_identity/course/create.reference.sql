create materialized view sales as select id, status from orders;
create unique index customers_by_id on customers (id);
alter table orders replica identity full;
alter table customers replica identity using index customers_by_id;
alter materialized view sales replica identity nothing;
