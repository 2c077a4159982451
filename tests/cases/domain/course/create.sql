create domain email as text
  constraint has_an_at check (value like '%@%')
  check (length(value) < 100)
  default 'nobody@example.org';
create domain public.price as numeric(10, 2) not null check (value >= 0) check (value < 1000000);
create domain codes as varchar(8)[] collate "C" constraint given not null;
