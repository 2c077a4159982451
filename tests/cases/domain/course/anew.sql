create domain email as varchar(80)
  constraint has_an_at check (value like '_%@%')
  check (length(value) < 100)
  check (value <> '')
  not null;
create domain public.price as numeric(12, 2) default 0 check (value < 1000000);
create domain codes as varchar(8)[] collate "POSIX" constraint there not null;
