create schema shop;
create function shop.handle(internal) returns table_am_handler language internal as 'heap_tableam_handler';
create materialized view shop.kept as select id from customers;
