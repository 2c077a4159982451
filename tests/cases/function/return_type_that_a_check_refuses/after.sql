create function worth(n integer) returns text language sql immutable as $$select 'x'$$;
