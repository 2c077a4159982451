create text search template plain (lexize = dsimple_lexize);
create text search template public.full (lexize = pg_catalog.dsimple_lexize, init = dsimple_init);
