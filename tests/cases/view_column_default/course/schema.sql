create schema shop;
create function shop.usual() returns text language sql as 'select ''open''';
create view shop.sales as select id, status from orders;
alter view shop.sales alter column status set default shop.usual();
