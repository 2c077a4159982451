create schema shop;
create type shop.mood as enum ('sad', 'ok');
create type mood as enum ('other');
