alter table orders enable row level security;
alter table only orders force row level security;
