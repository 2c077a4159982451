create type "Größe 'x' ""y"" %s" as range (subtype = int[], multirange_type_name = "All, 'of' ""them""");
create type "select range" as range (subtype = text, collation = "C");
create type "ein Typ mit einem Namen, der so lang ist wie er sein darf, mehr" as range (subtype = name);
create view "all" as select "select range"('a', 'b') as "from", "All, 'of' ""them"""() as "of";
