create function pairs(out a integer, out b integer, out c text) returns setof record language sql
 as $$select 1, 2, 'x'$$;
