create schema "My Shop";
create function "My Shop"."Größe, (cm) on ""x"""("Wert" integer) returns integer language sql as 'select "Wert"';
create function "order"() returns text language sql as 'select ''%s :a \d $$''';
