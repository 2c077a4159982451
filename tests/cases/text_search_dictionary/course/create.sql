create text search dictionary plain (template = simple, stopwords = english);
CREATE TEXT SEARCH DICTIONARY public.words (accept = False, template = pg_catalog.simple);
create text search dictionary every (template = simple);
