create function pairs(out a integer, out b bigint) returns setof record language sql as 'select 1, 2::bigint';
