create function twice(number integer) returns bigint language sql stable as 'select 2::bigint * number';
CREATE OR REPLACE FUNCTION public.named(a int4, OUT b text, VARIADIC c varchar[] = '{y}') AS $f$ SELECT 'y' $f$ LANGUAGE SQL;
