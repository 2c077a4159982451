create table old_items (until integer) inherits (items);
create table ancient_items () inherits (old_items);
create view older as select amount, until from old_items;
create materialized view oldest as select amount from ancient_items;
create index oldest_amount on oldest (amount desc);
create policy big on old_items using (amount > 9);
create view beside as select until from old_items;
comment on view older is 'of a child';
grant select (amount) on older to pg_monitor;
