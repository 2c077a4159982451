"""Text search parsers. https://www.postgresql.org/docs/current/sql-createtsparser.html"""

from __future__ import annotations

from cucurbit.entities.kinds.defined import TextSearch, written_options
from cucurbit.sql.names import qualify


class TextSearchParser(TextSearch):
    """`create text search parser ours (start = …, gettoken = …, end = …, lextypes = …)`; a change makes it anew."""

    kind = "text search parser"
    makes = "OBJECT_TSPARSER"
    example = "create text search parser ours (start = …, gettoken = …, end = …, lextypes = …)"
    rank = 32
    provides = frozenset({"text search parser"})
    drop = "TEXT SEARCH PARSER"
    calls = frozenset({"start", "gettoken", "end", "headline", "lextypes"})
    catalog = """
        select 'pg_ts_parser'::regclass as classid, p.oid as objid, array[n.nspname::text, p.prsname::text] as key,
               format('CREATE TEXT SEARCH PARSER %I.%I (start = %s, gettoken = %s, end = %s%s, lextypes = %s)',
                      n.nspname, p.prsname, p.prsstart, p.prstoken, p.prsend,
                      case when p.prsheadline <> 0 then ', headline = ' || p.prsheadline end, p.prslextype)
               as definition
          from pg_ts_parser p join pg_namespace n on n.oid = p.prsnamespace
    """

    def __init__(
        self,
        name: str,
        *,
        start: str,
        gettoken: str,
        end: str,
        lextypes: str,
        headline: str | None = None,
        schema: str | None = None,
    ) -> None:
        """A parser by its functions, whose names are SQL."""
        options = {"start": start, "gettoken": gettoken, "end": end, "lextypes": lextypes, "headline": headline}
        head = f"create text search parser {qualify((schema, name) if schema else (name,))}"
        super().__init__(f"{head} {written_options(options)}")
