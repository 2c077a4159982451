create schema things;
create extension vector schema things;
create view places as select '[1,2]'::things.vector as place;
