create transform for int language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));
CREATE OR REPLACE TRANSFORM FOR pg_catalog.text LANGUAGE plpgsql (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal));
