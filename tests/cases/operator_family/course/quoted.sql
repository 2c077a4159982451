create schema "My shop";
create operator family "My shop"."select" using btree;
create operator family "Größe, ""of"" (x)" using hash;
create operator family "a name of sixty-three bytes, which is the longest that there ca" using brin;
alter operator family "My shop"."select" using btree add operator 1 < (integer, bigint);
