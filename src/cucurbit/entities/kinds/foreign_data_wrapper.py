"""Foreign data wrappers. https://www.postgresql.org/docs/current/sql-createforeigndatawrapper.html"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.foreign_options import (
    options_change,
    options_in_catalog,
    options_lost,
    options_of,
    options_text,
    refuse_secrets,
)
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, strings
from cucurbit.sql.references import References

_FUNCTIONS = ("handler", "validator")


class ForeignDataWrapper(Entity):
    """`create foreign data wrapper files handler file_fdw_handler`; everything of it is changed in place."""

    kind = "foreign data wrapper"
    node = "CreateFdwStmt"
    example = "create foreign data wrapper files handler file_fdw_handler"
    rank = 52
    provides = frozenset({"foreign data wrapper"})
    drop = "FOREIGN DATA WRAPPER"
    has_schema = False
    catalog = f"""
        select 'pg_foreign_data_wrapper'::regclass as classid, w.oid as objid, array[w.fdwname::text] as key,
               format('CREATE FOREIGN DATA WRAPPER %I', w.fdwname)
                 || coalesce((select format(' HANDLER %I.%I', n.nspname, p.proname)
                                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                               where p.oid = w.fdwhandler), '')
                 || coalesce((select format(' VALIDATOR %I.%I', n.nspname, p.proname)
                                from pg_proc p join pg_namespace n on n.oid = p.pronamespace
                               where p.oid = w.fdwvalidator), '')
                 || {options_in_catalog("w.fdwoptions")} as definition
          from pg_foreign_data_wrapper w
    """  # noqa: S608 - a part of our own
    lost = options_lost("pg_foreign_data_wrapper", "oid", "fdwoptions")

    def __init__(
        self,
        name: str,
        *,
        handler: str | None = None,
        validator: str | None = None,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """A wrapper; `handler` and `validator` are functions, as SQL names them."""
        sql = f"create foreign data wrapper {quote(name)}"
        sql += (f" handler {handler}" if handler else "") + (f" validator {validator}" if validator else "")
        super().__init__(sql + options_text(options or {}))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("files",)`."""
        name = fields["fdwname"]
        words = f"a {cls.kind}"
        refuse_secrets(options_of(fields), words, f"ALTER FOREIGN DATA WRAPPER {quote(name)}")
        return Identity(cls.kind, (name,))

    @cached_property
    def canonical(self) -> str:
        """The statement, written out: without NO HANDLER and NO VALIDATOR, its options in order."""
        functions = "".join(f" {word.upper()} {name}" for word, name in self._functions.items())
        options = options_text(options_of(self.tree.fields))
        return f"CREATE FOREIGN DATA WRAPPER {quote(self.identity.name)}{functions}{options}"

    def refers(self, found: References) -> None:
        """Its functions."""
        for names in _named(self.tree.fields).values():
            found.routines.add((names[-2] if len(names) > 1 else None, names[-1]))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER FOREIGN DATA WRAPPER: all of it can be changed."""
        before, after = old._functions, self._functions
        changes = ""
        for word in _FUNCTIONS:
            if before.get(word) != after.get(word):
                changes += f" {word.upper()} {after[word]}" if word in after else f" NO {word.upper()}"
        changes += options_change(options_of(old.tree.fields), options_of(self.tree.fields))
        return [f"ALTER FOREIGN DATA WRAPPER {quote(self.identity.name)}{changes}"] if changes else []

    @property
    def _functions(self) -> dict[str, str]:
        names = _named(self.tree.fields)
        return {word: qualify(names[word]) for word in _FUNCTIONS if word in names}


def _named(fields: Fields) -> dict[str, list[str]]:
    """The names of handler and validator; NO HANDLER is an option without a name."""
    given = (option["DefElem"] for option in fields.get("func_options", ()))
    return {option["defname"]: strings(option["arg"]["List"]["items"]) for option in given if "arg" in option}
