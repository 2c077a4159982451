create foreign data wrapper plain;
create server "The server, 1" foreign data wrapper plain;
create foreign table "Größe ""x"" 1" (
  "select" integer options ("Odd ""one""" '$$') default 1,
  "ä, (b" text collate "C" constraint "Größe, 2" check ("ä, (b" <> ')'),
  "OPTIONS" "char" not null
) server "The server, 1" options ("a b" 'c');
create foreign table "order" ("from" integer) server "The server, 1";
create foreign table "a foreign table with a name as long as PostgreSQL lets any b ä" ("from" integer not null) server "The server, 1";
create view "reads it" as select "select", "ä, (b" from "Größe ""x"" 1";
