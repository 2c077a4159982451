create conversion plain for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
create default conversion usual for 'utf-8' to 'Latin1' from pg_catalog.utf8_to_iso8859_1;
