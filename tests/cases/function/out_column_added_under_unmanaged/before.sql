create function pairs(out a integer, out b integer) returns setof record language sql as 'select 1, 2';
