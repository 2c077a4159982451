alter materialized view ours cluster on ours_by_id;
alter index ours_by_amount alter column 1 set statistics 42;
alter index ours_by_amount set (fillfactor = 50);
comment on index ours_by_amount is 'one more';
