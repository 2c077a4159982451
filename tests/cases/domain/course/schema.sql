create schema shop;
create schema "Größer";
create domain shop.price as numeric check (value > 0);
create domain "Größer".price as shop.price not null;
create view prices as select 1::"Größer".price as p;
