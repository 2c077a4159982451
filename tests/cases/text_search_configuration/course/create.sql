create text search configuration ours (copy = english);
CREATE TEXT SEARCH CONFIGURATION public.bare (PARSER = pg_catalog."default");
create text search configuration other (parser = default);
