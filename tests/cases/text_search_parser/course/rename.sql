create text search parser ours (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search parser marked (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
create text search configuration of_plain (parser = ours);
alter text search configuration of_plain add mapping for word with simple;
create view words as select to_tsvector('of_plain', name) as words from customers;
create materialized view found as select id, words.words from customers, words;
create index found_words on found using gin (words);
