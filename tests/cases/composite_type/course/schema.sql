create schema shop;
create schema "Größer";
create type shop.size as (width int);
create type "Größer".size as (inner_size shop.size, sizes shop.size[]);
create view sizes as select null::"Größer".size as s;
