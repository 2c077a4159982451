create schema shop;
create function shop.handle(internal) returns table_am_handler language internal as 'heap_tableam_handler';
create access method rows_of_ours type table handler shop.handle;
create materialized view shop.kept using rows_of_ours as select id from customers;
