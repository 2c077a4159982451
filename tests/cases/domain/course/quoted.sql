create domain "Größe 'x' ""y""" as text constraint "CHECK" check (value <> 'a"b''c\d%:e') check (value <> '');
create domain "select" as "Größe 'x' ""y""" not null;
create domain "eine Domäne mit einem Namen, der so lang ist wie er sein d" as int check (value > 0) check (value < 9) not null;
create view "all" as select 'x'::"select" as "from";
