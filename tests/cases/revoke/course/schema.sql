create schema shop;
create function shop.f() returns int language sql as 'select 1';
create function f() returns int language sql as 'select 1';
revoke execute on function shop.f() from public;
