create schema shop;
create schema "authorization";
