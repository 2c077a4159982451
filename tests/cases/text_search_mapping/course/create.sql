create text search configuration ours (parser = default);
create text search configuration copied (copy = english);
alter text search configuration ours add mapping for asciiword with english_stem;
ALTER TEXT SEARCH CONFIGURATION public.ours ADD MAPPING FOR word WITH pg_catalog.german_stem, simple;
alter text search configuration copied alter mapping for asciiword with simple;
alter text search configuration copied add mapping for tag with simple;
