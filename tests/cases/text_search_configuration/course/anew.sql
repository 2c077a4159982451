create text search configuration ours (copy = german);
create text search configuration bare (copy = pg_catalog.simple);
create text search configuration other (parser = default);
