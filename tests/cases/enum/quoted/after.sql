create type "Mixed Größe, ""x""" as enum ('A', 'B', 'b');
create type "select" as enum ('a%', ':b', '\c');
create view sizes as select 'A'::"Mixed Größe, ""x""" as size;
