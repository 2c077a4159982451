"""Operator families. https://www.postgresql.org/docs/current/sql-createopfamily.html"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, strings


class OperatorFamily(Entity):
    """`create operator family distances using btree`; its members are entities of their own, or their class's."""

    kind = "operator family"
    node = "CreateOpFamilyStmt"
    example = "create operator family distances using btree"
    rank = 54
    provides = frozenset({"operator family"})
    drop = "OPERATOR FAMILY"
    has_arguments = True
    # A class that was made without a family has made one of its own name, which goes with it.
    catalog = """
        select 'pg_opfamily'::regclass as classid, f.oid as objid,
               array[n.nspname::text, f.opfname::text, m.amname::text] as key,
               format('CREATE OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname, m.amname) as definition
          from pg_opfamily f
          join pg_namespace n on n.oid = f.opfnamespace
          join pg_am m on m.oid = f.opfmethod
         where not exists (select from pg_opclass c
                            where c.opcfamily = f.oid and c.opcname = f.opfname and c.opcnamespace = f.opfnamespace)
    """

    def __init__(self, name: str, using: str, *, schema: str | None = None) -> None:
        """A family of operators for an access method: `OperatorFamily("distances", "btree")`."""
        names = (schema, name) if schema else (name,)
        super().__init__(f"create operator family {qualify(names)} using {quote(using)}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "distances")`, and the access method: each has families of its own."""
        return Identity(cls.kind, home_name(strings(fields["opfamilyname"]), home), (fields["amname"],))

    @cached_property
    def canonical(self) -> str:
        """The statement says what it is called, and nothing else."""
        return f"CREATE OPERATOR FAMILY {using(self.identity)}"

    def rename_statements(self, old: Self) -> list[str]:
        """ALTER OPERATOR FAMILY, with the access method behind the name."""
        return renaming(self.drop, old.identity, self.identity)

    def drop_statements(self) -> list[str]:
        """DROP OPERATOR FAMILY, with the access method behind the name."""
        return [f"DROP OPERATOR FAMILY {using(self.identity)}"]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """A class of the same name has this family made by itself."""
        if self.identity._replace(kind="operator class") in declared.identities:
            yield Finding(
                "error",
                f"{self.identity} is the family of the operator class of its name, which makes it",
                self,
                hint="Remove this statement, or give it another name and write FAMILY in the class.",
            )


def using(identity: Identity) -> str:
    """A family or a class, as statements name it: `public.distances USING btree`."""
    (method,) = identity.arguments or ("",)
    return f"{qualify(identity.names)} USING {quote(method)}"


def renaming(what: str, old: Identity, new: Identity) -> list[str]:
    """The statements that give a family or a class another name and schema."""
    statements = []
    if old.name != new.name:
        statements.append(f"ALTER {what} {using(old)} RENAME TO {quote(new.name)}")
    if old.schema and new.schema and old.schema != new.schema:
        moving = old._replace(names=(old.schema, new.name))
        statements.append(f"ALTER {what} {using(moving)} SET SCHEMA {quote(new.schema)}")
    return statements
