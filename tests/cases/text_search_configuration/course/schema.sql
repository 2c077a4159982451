create schema shop;
create text search configuration shop.ours (copy = simple);
create text search configuration ours (parser = default);
create text search configuration again (copy = shop.ours);
create view words as select to_tsvector('shop.ours', name) as words from customers;
