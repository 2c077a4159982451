create materialized view sales as select id, status from orders;
create unique index customers_by_id on customers (id);
alter table orders replica identity nothing;
alter table customers replica identity using index customers_email_key;
alter materialized view sales replica identity full;
