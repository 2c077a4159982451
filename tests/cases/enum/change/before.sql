create type mood as enum ('sad', 'happy');
create view moods as select 'sad'::mood as m;
