create type "Mixed Größe, ""x""" as enum ('A', 'b');
create view sizes as select 'A'::"Mixed Größe, ""x""" as size;
