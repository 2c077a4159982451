create schema shop;
create view shop.one as select 1 as n;
security label for dummy on schema shop is 'unclassified';
security label for dummy on view shop.one is 'secret';
