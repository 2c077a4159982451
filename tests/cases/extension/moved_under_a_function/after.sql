create schema tools;
create extension vector schema tools;
create function length_of(v tools.vector) returns double precision language sql begin atomic select tools.vector_norm(v); end;
