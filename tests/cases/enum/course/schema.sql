create schema shop;
create type shop.mood as enum ('sad', 'happy');
