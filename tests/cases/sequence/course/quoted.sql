create sequence "Größe 'x' ""y""" increment 2;
create sequence "select" as smallint;
create sequence "eine Folge mit einem Namen, der so lang ist wie er sein darf,";
create view "all" as select s.last_value as "from" from "Größe 'x' ""y""" as s, "select";
