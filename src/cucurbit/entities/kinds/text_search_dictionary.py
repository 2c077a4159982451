"""Text search dictionaries. https://www.postgresql.org/docs/current/sql-createtsdictionary.html"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from cucurbit.entities.kinds.defined import TextSearch, name_in, text_in, written_options
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References


class TextSearchDictionary(TextSearch):
    """`create text search dictionary ours (template = simple, stopwords = english)`; options are changed in place."""

    kind = "text search dictionary"
    makes = "OBJECT_TSDICTIONARY"
    example = "create text search dictionary ours (template = simple, stopwords = english)"
    rank = 34
    provides = frozenset({"text search dictionary"})
    drop = "TEXT SEARCH DICTIONARY"
    catalog = """
        select 'pg_ts_dict'::regclass as classid, d.oid as objid, array[n.nspname::text, d.dictname::text] as key,
               format('CREATE TEXT SEARCH DICTIONARY %I.%I (template = %I.%I%s)', n.nspname, d.dictname,
                      tn.nspname, t.tmplname, ', ' || d.dictinitoption) as definition
          from pg_ts_dict d
          join pg_namespace n on n.oid = d.dictnamespace
          join pg_ts_template t on t.oid = d.dicttemplate
          join pg_namespace tn on tn.oid = t.tmplnamespace
    """

    def __init__(
        self, name: str, template: str, *, options: Mapping[str, str | int] | None = None, schema: str | None = None
    ) -> None:
        """A dictionary of a template, whose name is SQL; `options` as in `{"stopwords": "english"}`."""
        values = {quote(key): v if isinstance(v, int) else literal(v) for key, v in (options or {}).items()}
        head = f"create text search dictionary {qualify((schema, name) if schema else (name,))}"
        super().__init__(f"{head} {written_options({'template': template, **values})}")

    @cached_property
    def settings(self) -> dict[str, str]:
        """The options of the template, as written, each value as SQL."""
        return {name: _value(value) for name, value in self.options.items() if name != "template"}

    @cached_property
    def canonical(self) -> str:
        """With the options in one order: it does not count."""
        return self.written([("template", qualify(self.names_of("template"))), *sorted(self.settings.items())])

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER TEXT SEARCH DICTIONARY, where the template stays: named alone an option goes, given it comes last."""
        if self.names_of("template") != old.names_of("template"):
            return None
        gone = [quote(name) for name in old.settings if name not in self.settings]
        given = [f"{quote(name)} = {value}" for name, value in self.settings.items()]
        if not gone and not given:
            return []
        return [f"ALTER TEXT SEARCH DICTIONARY {qualify(self.identity.names)} ({', '.join([*gone, *given])})"]

    def refers(self, found: References) -> None:
        """Its template; the other values are texts."""
        super().refers(found)
        found.others.add(("text search template", *name_in(self.options.get("template"))))


def _value(value: Fields | None) -> str:
    """Numbers are kept as such."""
    text = text_in(value) or ""
    return text if value and value.keys() & {"Integer", "Float"} else literal(text)
