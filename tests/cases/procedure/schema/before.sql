create schema shop;
create procedure shop.archive() language sql as 'select 1';
