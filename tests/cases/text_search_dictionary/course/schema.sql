create schema shop;
create text search dictionary shop.plain (template = simple, accept = false);
create text search dictionary plain (template = simple);
create text search configuration shop.ours (parser = default);
alter text search configuration shop.ours add mapping for word with shop.plain, plain;
