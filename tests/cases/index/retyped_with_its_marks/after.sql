create materialized view ours as select id, name, amount from items;
create unique index ours_by_id on ours (id);
create index ours_by_amount on ours ((amount + 1)) where amount > 0;
