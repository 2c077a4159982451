create type mood as enum ('happy', 'sad');
create domain price as numeric(12, 2) check (value >= 0);
create domain cheap as price check (value < 10);
create domain feeling as mood;
create domain numbered as bigint;
