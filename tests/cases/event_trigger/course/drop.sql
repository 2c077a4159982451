create schema shop;
create function shop.noticed() returns event_trigger language plpgsql as 'begin end';
