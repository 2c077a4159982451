create schema shop;
CREATE SCHEMA IF NOT EXISTS archive;
create view shop.one as select 1 as n;
