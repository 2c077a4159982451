alter table notes enable row level security;
alter table notes force row level security;
create policy own on notes using (text = '');
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before update on notes for each row execute function touch();
