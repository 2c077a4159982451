"""PostgreSQL's language: names, parsing, the canonical form, references. Pure; the only importer of pglast."""
