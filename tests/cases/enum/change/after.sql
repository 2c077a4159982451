create type mood as enum ('sad', 'happy', 'über', 'it''s');
create view moods as select 'sad'::mood as m;
