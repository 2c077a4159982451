create domain email as text
  constraint has_an_at check (value like '_%@%')
  check (length(value) < 100)
  check (value <> '')
  not null;
create domain public.price as numeric(10, 2) default 0 check (value < 1000000);
create domain codes as varchar(8)[] collate "C" constraint there not null;
