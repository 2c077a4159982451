select attname, attnum from pg_attribute where attrelid = 'readings'::regclass and attnum > 0 order by 1
