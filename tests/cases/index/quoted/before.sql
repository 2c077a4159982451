create materialized view "Sales %" as select id as "Id", total from orders;
create index "Größe on ""x"", (y)" on "Sales %" ("Id");
