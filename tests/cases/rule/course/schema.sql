create schema shop;
create view shop.lines as select id from orders;
create rule kept as on delete to shop.lines do instead nothing;
