create function twice(n integer) returns integer language sql stable as 'select n + n';
CREATE OR REPLACE FUNCTION public.named(a int4, OUT b text, VARIADIC c varchar[] = '{y}') AS $f$ SELECT 'y' $f$ LANGUAGE SQL;
