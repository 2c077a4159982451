create schema other;
create extension vector schema other;
create view places as select '[1,2]'::other.vector as place;
