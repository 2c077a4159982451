create text search configuration "It's ""so""" (parser = default);
create text search configuration "select" (copy = english);
create text search configuration größe (parser = default);
create text search configuration a23456789012345678901234567890123456789012345678901234567890123 (parser = default);
alter text search configuration "It's ""so""" add mapping for word with simple;
create view words as select to_tsvector('"It''s ""so"""', name) as words from customers;
