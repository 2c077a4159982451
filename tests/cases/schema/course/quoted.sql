create schema "Shop ""one"" of Köln";
create schema "order";
create schema "a name of sixty-three bytes, which is the longest that there ca";
create view "order"."Köln" as select 1 as n;
