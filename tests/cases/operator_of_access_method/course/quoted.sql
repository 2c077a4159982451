create schema "My shop";
create type "My shop"."Größe" as enum ('s', 'm');
create function "My shop".less("My shop"."Größe", integer) returns boolean language sql immutable as 'select true';
create operator "My shop".<== (leftarg = "My shop"."Größe", rightarg = integer, function = "My shop".less);
create operator family "My shop"."select" using btree;
alter operator family "My shop"."select" using btree add operator 1 "My shop".<== ("My shop"."Größe", integer);
