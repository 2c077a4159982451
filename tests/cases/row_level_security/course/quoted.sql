alter table "Order Lines" enable row level security;
alter table "Order Lines" force row level security;
