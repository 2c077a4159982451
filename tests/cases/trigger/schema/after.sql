create schema shop;
create function shop.touch() returns trigger language plpgsql as 'begin return new; end';
create trigger touch before insert on shop.notes for each row execute function shop.touch();
