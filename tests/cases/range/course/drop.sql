create schema shop;
create type shop.span as range (subtype = time);
