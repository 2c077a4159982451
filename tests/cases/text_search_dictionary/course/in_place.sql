create text search dictionary plain (template = simple, accept = 'off', stopwords = english);
create text search dictionary words (template = pg_catalog.simple);
create text search dictionary every (template = simple, stopwords = 'german');
