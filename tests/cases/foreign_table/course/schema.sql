create schema shop;
create type shop.mood as enum ('sad', 'happy');
create foreign data wrapper plain;
create server "The server, 1" foreign data wrapper plain;
create foreign table shop."order" ("from" integer, mood shop.mood default 'sad') server "The server, 1";
create foreign table "order" ("from" integer) server "The server, 1";
create view shop.reads as select * from shop."order";
