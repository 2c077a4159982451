create materialized view "Sales" as select id as "Größe" from orders;
create unique index "Sales ""key""" on "Sales" ("Größe");
create index "a name of sixty-three bytes, which is the longest that there ca" on "Sales" (("Größe" * 2));
