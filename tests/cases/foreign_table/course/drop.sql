create schema shop;
create foreign data wrapper plain;
create server "The server, 1" foreign data wrapper plain;
create foreign table "order" ("from" integer) server "The server, 1";
