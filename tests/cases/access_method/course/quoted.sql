create access method "It's ""so""" type table handler heap_tableam_handler;
create access method "select" type index handler bthandler;
create access method größe type index handler bthandler;
create access method a23456789012345678901234567890123456789012345678901234567890123 type index handler bthandler;
create materialized view kept using "It's ""so""" as select id from customers;
