alter materialized view ours cluster on ours_by_id;
alter index ours_by_name alter column 1 set statistics 42;
comment on index ours_by_id is 'the latest first';
comment on index ours_by_name is 'lower';
