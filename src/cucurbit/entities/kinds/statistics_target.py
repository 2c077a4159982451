"""How detailed extended statistics are. https://www.postgresql.org/docs/current/sql-alterstatistics.html"""

from __future__ import annotations

from functools import cached_property
from typing import Self

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.names import home_name
from cucurbit.errors import SqlError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import Fields, strings


class StatisticsTarget(Entity):
    """`alter statistics orders_places set statistics 500`. Changed in place."""

    kind = "statistics target"
    node = "AlterStatsStmt"
    example = "alter statistics orders_places set statistics 500"
    rank = 76
    is_object = False
    renamable = False
    # From PostgreSQL 17 a target that was never set is null, before it is -1.
    catalog = """
        select 'pg_statistic_ext'::regclass as classid, s.oid as objid, array[n.nspname::text, s.stxname::text] as key,
               format('ALTER STATISTICS %I.%I SET STATISTICS %s', n.nspname, s.stxname, s.stxstattarget) as definition
          from pg_statistic_ext s
          join pg_namespace n on n.oid = s.stxnamespace
         where coalesce(s.stxstattarget, -1) <> -1
    """

    def __init__(self, statistics: str, target: int, *, schema: str | None = None) -> None:
        """`target` is a number from 0 to 10,000, as a column's statistics have it."""
        on = qualify((schema, statistics) if schema else (statistics,))
        super().__init__(f"alter statistics {on} set statistics {target}")

    @classmethod
    def identify(cls, fields: Fields, home: str) -> Identity:
        """`("public", "orders_places")`, as that of the statistics."""
        if _target(fields) == -1:
            raise SqlError(
                "that is how statistics are without a declaration",
                hint="Remove the statement that sets another target.",
            )
        return Identity(cls.kind, home_name(strings(fields["defnames"]), home))

    @cached_property
    def canonical(self) -> str:
        """The statement, written out."""
        return f"ALTER STATISTICS {qualify(self.identity.names)} SET STATISTICS {_target(self.tree.fields)}"

    def replace_statements(self, old: Self) -> list[str] | None:
        """Another number."""
        return [self.sql]

    def rename_statements(self, old: Self) -> list[str]:
        """None: it goes along with the statistics."""
        return []

    def drop_statements(self) -> list[str]:
        """What the columns have."""
        return [f"ALTER STATISTICS {qualify(self.identity.names)} SET STATISTICS -1"]


def _target(fields: Fields) -> int:
    """The parser leaves out what is zero, and what is the default."""
    return int(fields["stxstattarget"]["Integer"].get("ival", 0)) if "stxstattarget" in fields else -1
