create type mood as enum ('angry', 'happy');
create function likes(m mood) returns boolean language sql return m = 'happy';
create view moods as select 'angry'::mood as now;
