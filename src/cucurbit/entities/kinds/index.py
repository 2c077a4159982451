"""Indexes on materialized views. https://www.postgresql.org/docs/current/sql-createindex.html"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.canonical import renamed
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields


class Index(Entity):
    """`create unique index sales_product on sales (product_id)`; those on tables belong to the models."""

    kind = "index"
    node = "IndexStmt"
    example = "create unique index sales_product on sales (product_id)"
    rank = 70
    drop = "INDEX"
    relation_field = "relation"
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               pg_get_indexdef(c.oid)
                 || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '') as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_index i on i.indexrelid = c.oid
          join pg_class r on r.oid = i.indrelid and r.relkind = 'm'
          left join pg_tablespace s on s.oid = c.reltablespace
         where c.relkind = 'i'
    """

    def __init__(
        self,
        name: str,
        relation: str,
        columns: Sequence[str],
        *,
        unique: bool = False,
        using: str | None = None,
        include: Sequence[str] = (),
        where: str | None = None,
        schema: str | None = None,
    ) -> None:
        """An index on a materialized view; `columns` are column names or expressions in parentheses."""
        sql = f"create {'unique ' if unique else ''}index {quote(name)} on "
        sql += qualify((schema, relation) if schema else (relation,)) + (f" using {using}" if using else "")
        sql += " (" + ", ".join(c if "(" in c or " " in c else quote(c) for c in columns) + ")"
        sql += f" include ({', '.join(map(quote, include))})" if include else ""
        super().__init__(sql + (f" where {where}" if where else ""))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """An index lives in the schema of its relation."""
        if "idxname" not in fields:
            raise SqlError("an index needs a name", hint="Write: create index NAME on … (…)")
        if fields.get("concurrent"):
            raise SqlError(
                "CONCURRENTLY cannot run in the transaction of a migration",
                hint="Leave it out: a new materialized view has no readers that an index could block.",
            )
        schema, _ = relation_name(fields["relation"], home)
        return Identity(cls.kind, (schema, fields["idxname"]))

    def moved(self, relation: Sequence[str], name: str) -> Self:
        """On a materialized view that is to take the place of its own."""
        text = renamed(renamed(self.canonical, relation, relation=self.relation_field), [name])
        return self.of(text, home=self.home)

    def rename_statements(self, old: Self) -> list[str]:
        """Its own name: the schema is its relation's."""
        if old.identity.name == self.identity.name:
            return []
        schema = qualify([self.identity.names[0], old.identity.name])
        return [f"ALTER INDEX {schema} RENAME TO {quote(self.identity.name)}"]

    def check(self, declared: Declarations) -> Iterable[Finding]:
        """Indexes on tables are Alembic's to compare."""
        name = relation_name(self.tree.fields["relation"], self.home)
        if Identity("materialized view", name) not in declared.identities:
            yield Finding(
                "error",
                f"index {self.identity.name} is on no materialized view of the project ({'.'.join(name)})",
                self,
                hint="That of a table belongs to its model: sqlalchemy.Index(…).",
            )
