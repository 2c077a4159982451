create schema shop;
create view shop.names as select name as a from customers;
