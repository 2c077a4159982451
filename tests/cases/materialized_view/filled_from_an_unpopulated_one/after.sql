create materialized view ours as select id, amount from items;
