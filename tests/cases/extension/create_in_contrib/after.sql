create extension if not exists hstore;
create extension citext;
create view spelled as select 'A'::citext as word, 'a=>1'::hstore as pairs;
