create materialized view ours as select id, name, amount from items;
create unique index ours_by_id on ours (id desc);
create index ours_by_name on ours (lower(name), amount);
