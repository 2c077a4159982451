create schema shop;
create schema "Größer";
create sequence shop.ticket start 7;
create sequence "Größer".ticket start 8;
create view tickets as select t.last_value as one, o.last_value as other from shop.ticket t, "Größer".ticket o;
