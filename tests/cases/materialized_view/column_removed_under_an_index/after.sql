create materialized view ours as select id from items;
