create statistics sales_places on status, customer_id from sales;
create materialized view sales as select customer_id, status, total from orders;
