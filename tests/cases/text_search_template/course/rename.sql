create text search template kept (lexize = dsimple_lexize);
create text search template "full" (init = dsnowball_init, lexize = dsnowball_lexize);
create text search dictionary lower_case (template = kept);
create text search dictionary stems (template = "full", language = english);
create text search configuration ours (parser = default);
alter text search configuration ours add mapping for asciiword with stems, lower_case;
create view words as select to_tsvector('ours', name) as words from customers;
