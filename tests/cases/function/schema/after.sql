create schema shop;
create function shop.f(a integer) returns integer language sql as 'select 2';
create function f(a integer) returns integer language sql as 'select 1';
