create text search configuration ours (parser = default);
create text search configuration copied (copy = english);
alter text search configuration ours add mapping for asciiword with simple, english_stem;
alter text search configuration ours add mapping for word with simple;
alter text search configuration copied alter mapping for asciiword with english_stem;
alter text search configuration copied add mapping for tag with english_stem;
create view words as select to_tsvector('ours', name) as words, to_tsvector('copied', name) as more from customers;
create materialized view found as select words from words;
create index found_words on found using gin (words);
