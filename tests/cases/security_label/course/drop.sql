create schema shop;
create view shop.one as select 1 as n;
