"""Extensions. https://www.postgresql.org/docs/current/sql-createextension.html"""

from __future__ import annotations

import re
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.sql.names import literal, quote
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
    only_in_place = True
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
        statements = []
        if "schema" in before:
            after.setdefault("schema", self.home)  # where CREATE EXTENSION puts it
        if after.get("schema") != before.get("schema"):
            statements.append(f"ALTER EXTENSION {name} SET SCHEMA {quote(after['schema'])}")
        version, was = after.get("new_version"), before.get("new_version")
        if version is not None and version != was:
            update = f"ALTER EXTENSION {name} UPDATE TO {quote(version)}"
            goes_back = was is not None and _in_order(version) < _in_order(was)
            statements.append(self._if_there_is_a_way(update, version) if goes_back else update)
        return statements

    def _if_there_is_a_way(self, update: str, version: str) -> str:
        """Few extensions can go back to an older version; else it stays at its own, with a notice."""
        name, target = literal(self.identity.name), literal(version)
        body = f"""
BEGIN
  IF EXISTS (SELECT FROM pg_extension e, pg_extension_update_paths(e.extname) p
              WHERE e.extname = {name} AND p.source = e.extversion AND p.target = {target} AND p.path IS NOT NULL) THEN
    {update};
  ELSE
    RAISE NOTICE 'extension % has no way back to version %', {name}, {target};
  END IF;
END"""
        return f"DO {literal(body)}"

    def drop_statements(self) -> list[str]:
        """Nothing for the one that is part of every database."""
        return [] if self.identity.name == _BUILT_IN else super().drop_statements()

    def _options(self) -> dict[str, str]:
        options = (option["DefElem"] for option in self.tree.fields.get("options", ()))
        return {o["defname"]: o["arg"]["String"]["sval"] for o in options if "String" in o.get("arg", {})}


def _in_order(version: str) -> list[tuple[int, str]]:
    """Something to sort versions by: PostgreSQL gives them no order, and their numbers have one."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.findall(r"\d+|[^\d.]+", version)]
