alter table orders force row level security;
