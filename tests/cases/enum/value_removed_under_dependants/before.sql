create type mood as enum ('sad', 'ok', 'happy');
create function cheer(m mood) returns mood language sql begin atomic select 'happy'::mood; end;
create view moods as select 'sad'::mood as m, cheer('sad') as cheered;
create view moods_again as select * from moods;
create materialized view kept as select m from moods_again;
create unique index kept_m on kept (m);
