create schema shop;
create text search configuration shop.ours (parser = default);
create text search configuration ours (parser = default);
create text search dictionary shop.plain (template = simple);
alter text search configuration ours add mapping for asciiword with simple;
create text search configuration shop.copied (copy = english);
alter text search configuration shop.copied alter mapping for word with simple;
