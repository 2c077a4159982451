"""By which index a table is clustered. https://www.postgresql.org/docs/current/sql-cluster.html"""

from __future__ import annotations

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.setting import Setting
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References


class Cluster(Setting):
    """`alter table orders cluster on orders_total`: what a later CLUSTER sorts by; no row is moved now."""

    kind = "cluster"
    example = "alter table orders cluster on orders_total"
    rank = 76
    actions = frozenset({"AT_ClusterOn", "AT_DropCluster"})
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('ALTER %s %I.%I CLUSTER ON %I', case c.relkind when 'm' then 'MATERIALIZED VIEW' else 'TABLE' end,
                      n.nspname, c.relname, x.relname) as definition
          from pg_index i
          join pg_class c on c.oid = i.indrelid
          join pg_class x on x.oid = i.indexrelid
          join pg_namespace n on n.oid = c.relnamespace
         where i.indisclustered
    """

    def __init__(self, table: str, index: str, *, schema: str | None = None) -> None:
        """A table or a materialized view, and one of its indexes."""
        super().__init__(f"alter table {qualify((schema, table) if schema else (table,))} cluster on {quote(index)}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders")`."""
        if cls.command(fields)["subtype"] == "AT_DropCluster":
            raise SqlError(
                "without cluster is how a table is without a declaration",
                hint="Remove the statement that names an index.",
            )
        return Identity(cls.kind, relation_name(fields["relation"], home))

    def refers(self, found: References) -> None:
        """To the index, which is in the table's schema."""
        if index := self.command(self.tree.fields)["name"]:
            found.relations.add((self.identity.names[0], index))

    @property
    def said(self) -> str:
        """The index, which has no schema."""
        return f"CLUSTER ON {quote(self.command(self.tree.fields)['name'])}"

    @property
    def unsaid(self) -> str:
        """By none."""
        return "SET WITHOUT CLUSTER"
