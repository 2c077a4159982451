create materialized view sales (a, "B %", c) as select id, total, now()::date from orders;
create index sales_b on sales ("B %");
