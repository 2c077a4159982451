"""Which tables of a MetaData are tables: SQLAlchemy has views among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cucurbit.entities.query import IS_VIEW
from cucurbit.entities.relation import Relation

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


def is_table(table: Any) -> bool:
    """Whether a migration is to make it: no view of SQLAlchemy's, none of ours, none by its `info`; nothing temporary.

    What CreateTableAs makes is a table; its rows are nobody's business here.
    """
    made = getattr(table, "_creator_ddl", None)
    return not (getattr(table, "is_view", False) or table.info.get(IS_VIEW) or getattr(made, "temporary", False))


def view_behind(table: object) -> Iterator[Relation]:
    """The view of ours of which something is the table, if it is one at all."""
    if type(table).__module__ == "sqlalchemy.sql.schema":  # which need not be imported to tell
        view = getattr(table, "info", {}).get(IS_VIEW)
        yield from (view,) if isinstance(view, Relation) else ()


def tables(metadata: Iterable[MetaData]) -> Iterator[Table]:
    """The tables that a migration is to make."""
    for data in metadata:
        yield from filter(is_table, data.tables.values())
