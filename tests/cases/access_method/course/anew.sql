create function handle(internal) returns table_am_handler language internal as 'heap_tableam_handler';
create access method rows_of_ours type table handler handle;
create access method tree type index handler hashhandler;
