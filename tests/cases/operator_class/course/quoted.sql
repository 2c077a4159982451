create schema "My shop";
create type "My shop"."Größe" as enum ('s', 'm');
create function "My shop"."is same"("My shop"."Größe", "My shop"."Größe") returns boolean
language sql immutable as 'select true';
create operator "My shop".=== (
  leftarg = "My shop"."Größe", rightarg = "My shop"."Größe", function = "My shop"."is same", hashes
);
create operator class "My shop"."select" default for type "My shop"."Größe" using hash as
  operator 1 "My shop".===, function 1 ("My shop"."Größe", "My shop"."Größe") hashenum(anyenum);
create operator family "My shop"."Größe, ""all"" of them" using hash;
create operator class "a name of sixty-three bytes, which is the longest that there ca" for type "My shop"."Größe"
using hash family "My shop"."Größe, ""all"" of them" as
  operator 1 "My shop".===, function 1 ("My shop"."Größe") hashenum(anyenum),
  function 2 ("My shop"."Größe") hashenumextended(anyenum, bigint);
