create function double(n numeric) returns bigint language sql immutable return n * 2;
create materialized view sales as select id, total from orders;
create index sales_double on sales (double(total));
