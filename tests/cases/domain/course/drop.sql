create schema shop;
create domain shop.price as numeric check (value > 0);
