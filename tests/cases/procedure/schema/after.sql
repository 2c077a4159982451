create schema shop;
create procedure shop.archive() language sql as 'select 2';
create procedure archive() language sql as 'call shop.archive()';
