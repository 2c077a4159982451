create schema shop;
create type shop.mood as enum ('sad', 'happy');
create type mood as enum ('sad', 'happy');
create function shop.lex(internal) returns internal immutable language internal as 'prsd_lextype';
create transform for mood language sql (from sql with function prsd_lextype(internal));
