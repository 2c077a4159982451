create table holds (a integer, b integer generated always as (worth(a)) stored, c integer);
