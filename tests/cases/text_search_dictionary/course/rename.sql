create text search dictionary stems (template = simple, stopwords = english);
create text search dictionary words (template = snowball, language = german);
create text search dictionary every (template = simple, stopwords = 'german');
create text search configuration ours (copy = simple);
alter text search configuration ours alter mapping for asciiword with words, stems;
create view found as select to_tsvector('ours', name) as words, ts_lexize('every', name) as lexemes from customers;
create materialized view found_of_all as select words from found;
create index found_words on found_of_all using gin (words);
