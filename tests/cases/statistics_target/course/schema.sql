create schema shop;
create statistics shop.more on status, tags from orders;
alter statistics shop.more set statistics 5;
