create schema shop;
create procedure shop.tidy(n integer) language sql as 'select 1';
