"""Schemas. https://www.postgresql.org/docs/current/sql-createschema.html"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields


class Schema(Entity):
    """`create schema shop`, alone: what stands in it is declared by itself."""

    kind = "schema"
    node = "CreateSchemaStmt"
    example = "create schema shop"
    rank = 10
    provides = frozenset({"schema"})
    renamable = False
    drop = "SCHEMA"
    catalog = """
        select 'pg_namespace'::regclass as classid, n.oid as objid, array[n.nspname::text] as key,
               format('CREATE SCHEMA %I', n.nspname) as definition
          from pg_namespace n
         where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
    """

    def __init__(self, name: str, *, owner: str | None = None) -> None:
        super().__init__(f"create schema {quote(name)}" + (f" authorization {quote(owner)}" if owner else ""))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("shop",)`."""
        if fields.get("schemaElts"):
            raise SqlError("a schema is declared alone", hint="Write what stands in it as entities of their own.")
        if "schemaname" not in fields:
            raise SqlError("a schema needs a name of its own", hint="Write: create schema NAME authorization OWNER")
        return Identity(cls.kind, (fields["schemaname"],))

    def replace_statements(self, old: Self) -> list[str] | None:
        """Only the owner can differ."""
        owner = self.tree.fields.get("authrole", {}).get("rolename")
        return [f"ALTER SCHEMA {qualify(self.identity.names)} OWNER TO {quote(owner) if owner else 'CURRENT_USER'}"]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """The schema that the settings name is there before any migration runs: the ledger lives in it."""
        if self.identity.name == self.home:
            yield Finding(
                "error",
                f"schema {self.home} is the project's own (settings: schema); migrate creates it",
                self,
                hint="Remove this statement.",
            )
