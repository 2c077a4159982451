create schema "My shop";
create type "My shop"."Größe" as enum ('s', 'm');
create function "My shop"."is (more)"("My shop"."Größe", integer) returns integer language sql immutable as 'select 1';
create operator family "My shop"."select" using btree;
alter operator family "My shop"."select" using btree
add function 1 ("My shop"."Größe", integer) "My shop"."is (more)"("My shop"."Größe", integer);
