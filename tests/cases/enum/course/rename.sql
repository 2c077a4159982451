create type feeling as enum ('angry', 'happy');
create function likes(m feeling) returns boolean language sql return m = 'happy';
create view moods as select 'angry'::feeling as now;
