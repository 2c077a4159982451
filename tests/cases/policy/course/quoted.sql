alter table "Order Lines" enable row level security;
create policy "Own ""in"" Köln" on "Order Lines" using ("Größe" > 1);
create policy "a name of sixty-three bytes, which is the longest that there ca" on "Order Lines" for insert with check ("order" > 1);
