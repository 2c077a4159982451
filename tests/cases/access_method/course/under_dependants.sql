create access method rows_of_ours type table handler heap_tableam_handler;
create access method tree type index handler bthandler;
create materialized view kept using rows_of_ours as select id, name from customers;
create index kept_by_name on kept (name);
create view names_kept as select name from kept;
