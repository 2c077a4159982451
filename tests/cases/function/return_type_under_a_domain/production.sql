create domain positive as integer check (worth(value) > 0);
create table holds (a positive);
