create text search configuration ours (parser = default);
create text search configuration copied (copy = english);
alter text search configuration ours add mapping for asciiword with simple, english_stem;
alter text search configuration ours add mapping for word with simple;
alter text search configuration copied alter mapping for asciiword with english_stem;
alter text search configuration copied add mapping for tag with english_stem;
