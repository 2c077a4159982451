create function twice(n integer) returns integer language sql immutable as 'select 2 * n';
CREATE OR REPLACE FUNCTION public.named(a int4, OUT b text, VARIADIC c varchar[] = '{}') AS $f$ SELECT 'x' $f$ LANGUAGE SQL STRICT PARALLEL SAFE COST 5;
