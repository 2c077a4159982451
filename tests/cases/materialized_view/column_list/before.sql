create materialized view sales (a, "B %") as select id, total from orders;
create index sales_b on sales ("B %");
