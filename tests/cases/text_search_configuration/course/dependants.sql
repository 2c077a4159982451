create text search configuration ours (copy = german);
create text search configuration bare (copy = pg_catalog.simple);
create text search configuration other (parser = default);
alter text search configuration ours alter mapping for asciiword with simple;
alter text search configuration bare add mapping for tag with english_stem;
create view words as select to_tsvector('ours', name) as words, to_tsvector('public.bare'::regconfig, name) as more
  from customers;
create materialized view found as select words, to_tsquery('bare', 'x') as query from words;
create index found_words on found using gin (words);
