create materialized view theirs as select amount from items;
alter materialized view theirs owner to pg_monitor;
