create view "Live ""orders"" of Köln" as select id, 1 as "select" from orders;
create view "a name of sixty-three bytes, which is the longest that there can" as
  select "select" from "Live ""orders"" of Köln";
