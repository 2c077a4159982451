create materialized view ours as select id, name from items;
create view used as select name from ours;
