create materialized view ours as select id, name from items;
