create schema "My shop";
create type "My shop"."Größe" as enum ('s', 'm');
create function "My shop"."select"("a b" "My shop"."Größe", "My shop"."Größe") returns boolean
language sql immutable as 'select true';
create function "My shop"."the number of"("My shop"."Größe"[]) returns integer
language sql immutable as 'select cardinality($1)';
create operator "My shop".=== (
  leftarg = "My shop"."Größe", rightarg = "My shop"."Größe", function = "My shop"."select",
  commutator = operator("My shop".===), negator = operator("My shop".~~~)
);
create operator "My shop".~~~ (
  leftarg = "My shop"."Größe", rightarg = "My shop"."Größe", function = "My shop"."select",
  negator = operator("My shop".===)
);
create operator <<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<< (
  rightarg = "My shop"."Größe"[], function = "My shop"."the number of"
);
