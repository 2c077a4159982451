create schema shop;
create function shop.twice(n integer) returns integer language sql return 2 * n;
create function shop.four(n integer) returns integer language sql return shop.twice(shop.twice(n));
