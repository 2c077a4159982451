alter table orders replica identity full;
alter table only public.customers replica identity using index customers_by_id;
create unique index customers_by_id on customers (id);
alter materialized view sales replica identity nothing;
create materialized view sales as select id, status from orders;
