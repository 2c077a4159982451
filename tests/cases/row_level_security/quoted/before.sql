alter table "Order Lines" enable row level security;
