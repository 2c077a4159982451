create schema "My Shop";
create function "My Shop"."Größe, (cm) on ""x"""("Wert" integer) returns integer language sql as 'select "Wert" + 1';
create function "order"() returns text language sql as 'select ''%s :b \d $$''';
create function größe() returns text language sql as 'select ''ß''';
