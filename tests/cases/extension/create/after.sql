create extension vector;
create function distance(a vector, b vector) returns double precision language sql immutable as $$ select a <-> b $$;
