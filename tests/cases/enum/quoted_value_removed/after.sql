create schema "My Shop";
create type "My Shop"."Mixed Größe" as enum ('A');
