"""Extensions. https://www.postgresql.org/docs/current/sql-createextension.html"""

from __future__ import annotations

from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields

# Part of every database since PostgreSQL 9.0: declaring it changes nothing, and it is not ours to drop.
_BUILT_IN = "plpgsql"


class Extension(Entity):
    """`create extension hstore`; a version and a schema, when they are given, are changed in place."""

    kind = "extension"
    node = "CreateExtensionStmt"
    example = "create extension hstore"
    rank = 20
    drop = "EXTENSION"
    renamable = False
    # The version is left out, as pg_dump leaves it out: that a server was upgraded is no drift.
    catalog = """
        select 'pg_extension'::regclass as classid, e.oid as objid, array[e.extname::text] as key,
               format('CREATE EXTENSION %I SCHEMA %I', e.extname, n.nspname) as definition
          from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    """

    def __init__(self, name: str, *, schema: str | None = None, version: str | None = None) -> None:
        super().__init__(
            f"create extension {quote(name)}"
            + (f" schema {quote(schema)}" if schema else "")
            + (f" version {quote(version)}" if version else "")
        )

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("hstore",)`."""
        return Identity(cls.kind, (fields["extname"],))

    def replace_statements(self, old: Self) -> list[str] | None:
        """ALTER EXTENSION for each option that differs and is given."""
        before, after = old._options(), self._options()
        name = quote(self.identity.name)
        changes = {"schema": "SET SCHEMA", "new_version": "UPDATE TO"}
        if "schema" in before:
            after.setdefault("schema", self.home)  # where CREATE EXTENSION puts it
        return [
            f"ALTER EXTENSION {name} {words} {quote(after[option])}"
            for option, words in changes.items()
            if option in after and after[option] != before.get(option)
        ]

    def drop_statements(self) -> list[str]:
        """Nothing for the one that is part of every database."""
        return [] if self.identity.name == _BUILT_IN else super().drop_statements()

    def _options(self) -> dict[str, str]:
        options = (option["DefElem"] for option in self.tree.fields.get("options", ()))
        return {o["defname"]: o["arg"]["String"]["sval"] for o in options if "String" in o.get("arg", {})}
