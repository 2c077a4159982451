create schema tools;
create extension vector with schema tools;
create view nearest as select '[1,2]'::tools.vector(2) as embedding;
