alter table items cluster on items_by_id;
alter table items replica identity using index items_by_id;
alter index items_by_name alter column 1 set statistics 42;
comment on index items_by_id is 'the latest first';
comment on index items_by_name is 'lower';
