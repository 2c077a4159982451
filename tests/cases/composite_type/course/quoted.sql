create type "Größe 'x' ""y""" as ("Höhe, breit" int, "select" text collate "C", "it's" "char");
create type "select" as ("table" "Größe 'x' ""y""", "b" "Größe 'x' ""y"""[]);
create type "ein Typ mit einem Namen, der so lang ist wie er sein darf, mehr" as (a int);
create view "all" as select ((null::"select")."table")."it's" as "from";
