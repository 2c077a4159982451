alter table "Order Lines" enable row level security;
create policy "Größe TO ""x"" ON (y)" on "Order Lines" to pg_monitor using ("Größe" > 1 and '%s :a' <> '\');
create policy "select" on "Order Lines" for select using (true);
