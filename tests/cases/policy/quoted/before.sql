alter table "Order Lines" enable row level security;
create policy "Größe TO ""x"" ON (y)" on "Order Lines" using ("Größe" > 1);
