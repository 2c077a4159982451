"""Indexes. https://www.postgresql.org/docs/current/sql-createindex.html"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Self

from cucurbit.entities.concurrent import INVALID, Concurrent, plain
from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Declarations, Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.canonical import renamed
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields

_CONCURRENTLY = re.compile(r"^(CREATE (?:UNIQUE )?INDEX )CONCURRENTLY ")


class Index(Entity):
    """`create unique index sales_product on sales (product_id)`, on materialized views and tables; changed anew.

    On a table a model can have it as well: `sqlalchemy.Index`. It is for what SQLAlchemy cannot say. `concurrently` is
    how it is made, not what it is.
    """

    kind = "index"
    node = "IndexStmt"
    example = "create unique index sales_product on sales (product_id)"
    rank = 70
    provides = frozenset({"relation"})
    drop = "INDEX"
    relation_field = "relation"
    # Not those of constraints, nor those that a partition has because its table has one. An index ON ONLY a partitioned
    # table is not valid before its partitions have theirs, and is what was meant.
    catalog = f"""
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               pg_get_indexdef(c.oid)
                 || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '')
                 || case when i.indisvalid or c.relkind = 'I' then '' else {literal(f" {INVALID}")} end as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          join pg_index i on i.indexrelid = c.oid
          join pg_class r on r.oid = i.indrelid and r.relkind in ('r', 'p', 'm')
          left join pg_tablespace s on s.oid = c.reltablespace
         where c.relkind in ('i', 'I') and not c.relispartition
           and not exists (select from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u', 'x'))
           and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = r.oid
                                                     and d.deptype = 'e')
    """  # noqa: S608 - a constant

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
        concurrently: bool = False,
    ) -> None:
        """An index on a table or a materialized view; `columns` are column names or expressions in parentheses."""
        sql = f"create {'unique ' if unique else ''}index {'concurrently ' if concurrently else ''}{quote(name)} on "
        sql += qualify((schema, relation) if schema else (relation,)) + (f" using {using}" if using else "")
        sql += " (" + ", ".join(c if "(" in c or " " in c else quote(c) for c in columns) + ")"
        sql += f" include ({', '.join(map(quote, include))})" if include else ""
        super().__init__(sql + (f" where {where}" if where else ""))

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """An index lives in the schema of its relation."""
        if "idxname" not in fields:
            raise SqlError("an index needs a name", hint="Write: create index NAME on … (…)")
        schema, _ = relation_name(fields["relation"], home)
        return Identity(cls.kind, (schema, fields["idxname"]))

    @cached_property
    def canonical(self) -> str:
        """Without CONCURRENTLY."""
        return _CONCURRENTLY.sub(r"\1", super().canonical)

    @cached_property
    def concurrent(self) -> Concurrent:
        """`create index concurrently` asks for it."""
        relation = relation_name(self.tree.fields["relation"], self.home)
        is_asked_for = bool(self.tree.fields.get("concurrent"))
        return Concurrent((relation[0], self.identity.name), relation, self.canonical, "relation", is_asked_for)

    def create_statements(self) -> list[str]:
        """The SQL that makes it in a transaction."""
        return [plain(self.sql)]

    @property
    def is_open(self) -> bool:
        """Yes: on a partitioned table it means whatever partitions there are, unless it says ONLY."""
        return True

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
        """One index is declared in one place."""
        if self.identity.names in declared.relations:
            yield Finding(
                "error",
                f"a model has the index {self.identity.name} as well",
                self,
                hint="Remove it here or there; what SQLAlchemy can say is better said by the model.",
            )
