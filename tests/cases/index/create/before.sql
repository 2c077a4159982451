create materialized view sales as select id, status, total from orders;
