"""Text search templates. https://www.postgresql.org/docs/current/sql-createtstemplate.html"""

from __future__ import annotations

from cucurbit.entities.kinds.defined import TextSearch, written_options
from cucurbit.sql.names import qualify


class TextSearchTemplate(TextSearch):
    """`create text search template ours (lexize = our_lexize)`; a change makes it anew."""

    kind = "text search template"
    makes = "OBJECT_TSTEMPLATE"
    example = "create text search template ours (lexize = our_lexize)"
    rank = 33
    provides = frozenset({"text search template"})
    drop = "TEXT SEARCH TEMPLATE"
    calls = frozenset({"init", "lexize"})
    catalog = """
        select 'pg_ts_template'::regclass as classid, t.oid as objid, array[n.nspname::text, t.tmplname::text] as key,
               format('CREATE TEXT SEARCH TEMPLATE %I.%I (%slexize = %s)', n.nspname, t.tmplname,
                      case when t.tmplinit <> 0 then format('init = %s, ', t.tmplinit) end, t.tmpllexize) as definition
          from pg_ts_template t join pg_namespace n on n.oid = t.tmplnamespace
    """

    def __init__(self, name: str, *, lexize: str, init: str | None = None, schema: str | None = None) -> None:
        """A template by its functions, whose names are SQL."""
        head = f"create text search template {qualify((schema, name) if schema else (name,))}"
        super().__init__(f"{head} {written_options({'init': init, 'lexize': lexize})}")
