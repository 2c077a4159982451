create schema tools;
create extension vector;
create function length_of(v vector) returns double precision language sql begin atomic select vector_norm(v); end;
