create materialized view "Sales ""of"" Köln" as select 1 as "select";
create materialized view "a name of sixty-three bytes, which is the longest that there ca" as select "select" from "Sales ""of"" Köln";
