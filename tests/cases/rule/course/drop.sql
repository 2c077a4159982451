create schema shop;
create view shop.lines as select id from orders;
