create materialized view sales as select customer_id, status, total from orders where total > 0;
create statistics sales_places on status, customer_id from sales;
create statistics sales_worth on status, total from sales;
