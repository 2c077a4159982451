create materialized view sales as select id, total::bigint as total, status from orders;
create unique index sales_id on sales (id);
create statistics sales_places on id, status from sales;
create view best as select id from sales order by total desc;
