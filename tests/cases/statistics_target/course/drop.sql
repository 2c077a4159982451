create schema shop;
create statistics shop.more on status, tags from orders;
