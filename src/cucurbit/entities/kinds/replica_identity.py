"""Replica identity. https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-REPLICA-IDENTITY"""

from __future__ import annotations

from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds.setting import Setting
from cucurbit.entities.names import relation_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields
from cucurbit.sql.references import References

_WORDS = {"f": "FULL", "n": "NOTHING", "d": "DEFAULT"}


class ReplicaIdentity(Setting):
    """`alter table orders replica identity full`; of a table or a materialized view. Changed in place."""

    kind = "replica identity"
    example = "alter table orders replica identity full"
    rank = 76
    actions = frozenset({"AT_ReplicaIdentity"})
    # One whose index was dropped is nothing, and no statement says it.
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('ALTER %s %I.%I REPLICA IDENTITY ', case c.relkind when 'm' then 'MATERIALIZED VIEW'
                                                                         else 'TABLE' end, n.nspname, c.relname)
                 || case c.relreplident when 'f' then 'FULL' when 'n' then 'NOTHING'
                                        else format('USING INDEX %I', x.relname) end as definition
          from pg_class c
          join pg_namespace n on n.oid = c.relnamespace
          left join pg_index i on i.indrelid = c.oid and i.indisreplident
          left join pg_class x on x.oid = i.indexrelid
         where c.relkind in ('r', 'p', 'm') and (c.relreplident in ('f', 'n') or c.relreplident = 'i' and x.oid is not null)
    """  # noqa: E501

    def __init__(
        self, table: str, *, index: str | None = None, nothing: bool = False, schema: str | None = None
    ) -> None:
        """What the old row of a change is known by: all columns, those of a unique `index`, or `nothing`."""
        how = f"using index {quote(index)}" if index else "nothing" if nothing else "full"
        super().__init__(f"alter table {qualify((schema, table) if schema else (table,))} replica identity {how}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders")`."""
        if cls.command(fields)["def"]["ReplicaIdentityStmt"]["identity_type"] == "d":
            raise SqlError(
                "the replica identity is the primary key without a declaration",
                hint="Remove the statement that makes it another.",
            )
        return Identity(cls.kind, relation_name(fields["relation"], home))

    def refers(self, found: References) -> None:
        """To the index, which is in the table's schema."""
        if index := self.command(self.tree.fields)["def"]["ReplicaIdentityStmt"].get("name"):
            found.relations.add((self.identity.names[0], index))

    @property
    def said(self) -> str:
        """FULL, NOTHING or an index, which has no schema."""
        how = self.command(self.tree.fields)["def"]["ReplicaIdentityStmt"]
        return "REPLICA IDENTITY " + (_WORDS.get(how["identity_type"]) or f"USING INDEX {quote(how['name'])}")

    @property
    def unsaid(self) -> str:
        """The primary key, if there is one."""
        return "REPLICA IDENTITY DEFAULT"
