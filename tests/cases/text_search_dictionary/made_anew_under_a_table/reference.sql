create function look_up(internal, internal, internal, internal) returns internal language internal as 'dsimple_lexize';
create function open_list(internal) returns internal language internal as 'dsimple_init';
create text search template ours (init = open_list, lexize = look_up);
create text search dictionary words (template = snowball, language = english);
create text search configuration words (parser = default);
alter text search configuration words add mapping for asciiword with words;
alter text search configuration words add mapping for word with words;
create table notes (
  id serial primary key,
  body text not null,
  words tsvector not null generated always as (to_tsvector('public.words', body)) stored
);
create index notes_body on notes using gin (to_tsvector('public.words', body));
create index notes_words on notes using gin (words);
