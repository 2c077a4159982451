create text search parser plain (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype);
create text search parser public.marked (lextypes = pg_catalog.prsd_lextype, headline = prsd_headline, "end" = prsd_end,
  gettoken = prsd_nexttoken, start = prsd_start);
