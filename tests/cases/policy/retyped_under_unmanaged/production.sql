create table others (item integer);
create policy big on items as restrictive for update to pg_monitor, pg_read_all_stats
 using (amount > 9) with check (amount > 10);
create policy elsewhere on others using (item in (select id from items where amount > 3));
create policy beside on items for delete using (name = current_user);
alter policy ours on items to pg_monitor;
alter table items force row level security;
comment on policy ours on items is 'ours';
comment on policy big on items is 'the big ones';
comment on policy elsewhere on others is 'elsewhere';
