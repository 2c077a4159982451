create domain positive as integer check (worth(value) > 0);
create table holds (a positive);
comment on constraint positive_check on domain positive is 'more';
