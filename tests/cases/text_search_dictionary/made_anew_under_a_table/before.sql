create function look_up(internal, internal, internal, internal) returns internal language internal as 'dsimple_lexize';
create function open_list(internal) returns internal language internal as 'dsimple_init';
create text search template ours (init = open_list, lexize = look_up);
create text search dictionary words (template = ours, stopwords = english);
create text search configuration words (parser = default);
alter text search configuration words add mapping for asciiword with words;
