create schema shop;
create text search dictionary shop.ours (template = simple, accept = false);
