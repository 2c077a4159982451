create schema shop;
create view shop.live as select id from orders;
create view shop."order" as select id from shop.live;
