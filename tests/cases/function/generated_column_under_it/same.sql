select attname, attnum from pg_attribute where attrelid = 'holds'::regclass and attnum > 0 order by 1
