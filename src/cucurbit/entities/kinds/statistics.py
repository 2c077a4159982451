"""Extended statistics. https://www.postgresql.org/docs/current/sql-createstatistics.html"""

from __future__ import annotations

from collections.abc import Sequence

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import Fields, strings


class Statistics(Entity):
    """`create statistics orders_places on city, zip from orders`, on tables and materialized views; changed anew."""

    kind = "statistics"
    node = "CreateStatsStmt"
    example = "create statistics orders_places on city, zip from orders"
    rank = 72
    drop = "STATISTICS"
    qualify_head = True
    # From PostgreSQL 17 a target that was never set is null, before it is -1.
    catalog = """
        select 'pg_statistic_ext'::regclass as classid, s.oid as objid,
               array[n.nspname::text, s.stxname::text] as key,
               pg_get_statisticsobjdef(s.oid)
                 || coalesce(format(E';\\nALTER STATISTICS %I.%I SET STATISTICS ', n.nspname, s.stxname)
                      || nullif(s.stxstattarget, -1), '') as definition
          from pg_statistic_ext s
          join pg_namespace n on n.oid = s.stxnamespace
    """

    def __init__(
        self,
        name: str,
        relation: str,
        columns: Sequence[str],
        *,
        kinds: Sequence[str] = (),
        schema: str | None = None,
    ) -> None:
        """Statistics on several columns, or expressions in parentheses; `kinds` as in `["ndistinct", "mcv"]`."""
        sql = f"create statistics {qualify((schema, name) if schema else (name,))}"
        sql += f" ({', '.join(kinds)})" if kinds else ""
        sql += " on " + ", ".join(c if "(" in c or " " in c else quote(c) for c in columns)
        super().__init__(f"{sql} from {qualify((schema, relation) if schema else (relation,))}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders_places")`: in a schema of their own choice, not in that of the table."""
        if "defnames" not in fields:
            raise SqlError("extended statistics need a name", hint="Write: create statistics NAME on … from …")
        return Identity(cls.kind, home_name(strings(fields["defnames"]), home))

    @classmethod
    def is_qualified(cls, fields: Fields) -> bool:
        """Whether the name has a schema."""
        return len(fields["defnames"]) > 1
