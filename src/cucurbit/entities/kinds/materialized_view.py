"""Materialized views. https://www.postgresql.org/docs/current/sql-creatematerializedview.html"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.view import view_sql
from cucurbit.entities.names import relation_name
from cucurbit.entities.query import Selectable
from cucurbit.entities.relation import Relation
from cucurbit.sql.canonical import renamed
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, Node

if TYPE_CHECKING:
    from sqlalchemy import Column


class MaterializedView(Relation):
    """`create materialized view sales as select …`. PostgreSQL cannot replace one: a change makes it anew."""

    kind = "materialized view"
    node = "CreateTableAsStmt"
    example = "create materialized view sales as select …"
    rank = 65
    provides = frozenset({"relation", "type"})
    drop = "MATERIALIZED VIEW"
    relation_field = "into.rel"
    is_slow = True
    # Whether it is populated is left out: to refresh it is no change of its definition.
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('CREATE MATERIALIZED VIEW %I.%I', n.nspname, c.relname)
                 || coalesce(' USING ' || quote_ident(nullif(m.amname, 'heap')), '')
                 || coalesce(' WITH (' || (select string_agg(o, ', ') from (
                      select unnest(c.reloptions) as o union all
                      select 'toast.' || unnest(x.reloptions) from pg_class x where x.oid = c.reltoastrelid) p
                    ) || ')', '')
                 || coalesce(' TABLESPACE ' || quote_ident(s.spcname), '')
                 || E' AS\\n' || rtrim(pg_get_viewdef(c.oid), ';') as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          left join pg_am m on m.oid = c.relam
          left join pg_tablespace s on s.oid = c.reltablespace
         where c.relkind = 'm'
    """

    def __init__(
        self,
        name: str,
        definition: str | Selectable,
        *,
        columns: Sequence[str | Column[Any]] = (),
        options: Mapping[str, object] | None = None,
        with_data: bool = True,
        schema: str | None = None,
    ) -> None:
        """A materialized view by its query, SQL or a SQLAlchemy `select()`; filled at once unless `with_data=False`.

        `columns` names its columns; those of a text can be SQLAlchemy's, with types, for `table` to have them.
        """
        sql = view_sql("materialized view", name, definition, columns=columns, options=options, schema=schema)
        super().__init__(sql if with_data else f"{sql}\nwith no data")
        self._reads(name, schema, definition, columns)

    @classmethod
    def accepts(cls, node: Node) -> bool:
        """CREATE TABLE AS is the same statement to the parser."""
        return node.tag == cls.node and node.fields.get("objtype") == "OBJECT_MATVIEW"

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "sales")`."""
        return Identity(cls.kind, relation_name(fields["into"]["rel"], home))

    def bare_statements(self) -> list[str]:
        """WITH NO DATA: its owner is to fill it, who may be allowed to see less than the role that migrates."""
        return [f"{self.canonical} WITH NO DATA"] if self._is_filled else self.create_statements()

    def fill_statements(self) -> list[str]:
        """REFRESH runs as the owner. https://www.postgresql.org/docs/current/sql-refreshmaterializedview.html"""
        name = qualify(self.identity.names)
        return [f"REFRESH MATERIALIZED VIEW {name}", f"ANALYZE {name}"] if self._is_filled else []

    def beside(self, name: str) -> Self | None:
        """Filled under another name, so that readers of the old one wait for a rename and not for the query."""
        if not self._is_filled:
            return None
        names = (self.identity.names[0], name)
        return self.of(renamed(self.canonical, names, relation=self.relation_field), home=self.home)

    @property
    def _is_filled(self) -> bool:
        return not self.tree.fields["into"].get("skipData")
