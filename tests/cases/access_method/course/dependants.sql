create function handle(internal) returns table_am_handler language internal as 'heap_tableam_handler';
create access method rows_of_ours type table handler handle;
create access method tree type index handler hashhandler;
create materialized view kept using rows_of_ours as select id, name from customers;
create index kept_by_name on kept (name);
create view names_kept as select name from kept;
create operator class odd for type int using tree as operator 1 = (int, int), function 1 hashint4(int);
