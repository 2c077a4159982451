create schema "Mixed Case";
create schema "a.b ""c"" on d";
create view "a.b ""c"" on d".one as select 1 as n;
