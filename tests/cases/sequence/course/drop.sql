create schema shop;
create sequence shop.ticket start 7;
