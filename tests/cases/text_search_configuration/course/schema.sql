create schema shop;
create text search configuration shop.ours (parser = default);
alter text search configuration shop.ours add mapping for word with simple;
create text search configuration ours (parser = default);
create text search configuration again (copy = shop.ours);
alter text search configuration again add mapping for asciiword with simple;
create text search configuration and_again (copy = again);
create view words as select to_tsvector('shop.ours', name) as words from customers;
