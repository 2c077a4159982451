create type mood as enum ('happy', 'sad');
create function likes(m mood) returns boolean language sql return m = 'happy';
create view moods as select 'sad'::mood as now;
