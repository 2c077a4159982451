create materialized view ours as select id, amount from items;
create unique index ours_id on ours (id);
