create schema shop;
create type shop.size as (width int);
