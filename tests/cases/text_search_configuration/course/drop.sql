create schema shop;
create text search configuration ours (parser = default);
create view words as select to_tsvector('simple', name) as words from customers;
