"""The views of SQLAlchemy itself: `CreateView(select(…), "active_orders", metadata=Base.metadata)`.

https://docs.sqlalchemy.org/en/21/core/ddl.html#sqlalchemy.schema.CreateView
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity
from cucurbit.entities.query import column_names, written_out
from cucurbit.errors import SqlError
from cucurbit.project.declarations import Attached
from cucurbit.sql.names import literal, qualify

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

LIBRARY = "sqlalchemy"


def statements(value: Any) -> Iterator[str]:
    """The statement of a CreateView, and those of what belongs to its table. Raises SqlError."""
    from sqlalchemy.schema import CreateView

    if isinstance(value, CreateView) and not value.temporary:
        yield from _statements(value, value.table)


def of_metadata(metadata: MetaData, home: str) -> Iterator[Attached]:
    """The views among its tables, as `metadata.create_all()` makes them."""
    for table in metadata.tables.values():
        view: Any = table._creator_ddl
        if table.is_view and not view.temporary:
            yield Attached((view, table), _statements(view, table))


def remarks(metadata: MetaData) -> Iterator[str]:
    """On temporary ones, and on columns that SQLAlchemy calls one thing in the view and another in its table."""
    for table in metadata.tables.values():
        made: Any = table._creator_ddl
        if getattr(made, "temporary", False):
            yield f"{table.fullname} is temporary, gone with the session that made it: no migration makes it"
        elif table.is_view and made.table is table:
            for column, name in zip(table.columns, column_names(made.selectable), strict=False):
                if column.name != name:
                    yield (
                        f"SQLAlchemy calls a column of {table.fullname} {name!r} when it makes the view, and "
                        f"{column.name!r} when it reads it: give it a name by .label()"
                    )


def _statements(view: Any, table: Table) -> Iterator[str]:
    if table.indexes and not view.materialized:
        raise SqlError(f"{table.fullname} has an index, and PostgreSQL has none on views", hint="Make it materialized.")
    sql = written_out(view, view.selectable)
    yield sql
    names = (table.schema, table.name) if table.schema else (table.name,)
    if table.comment is not None:
        yield f"comment on {Entity.from_sql(sql).kind} {qualify(names)} is {literal(table.comment)}"
    for column in table.columns:
        if column.comment is not None:
            yield f"comment on column {qualify((*names, column.name))} is {literal(column.comment)}"
    yield from _indexes(table)


def _indexes(table: Table) -> Iterator[str]:
    from sqlalchemy.schema import CreateIndex

    for index in sorted(table.indexes, key=lambda item: str(item.name)):
        yield written_out(CreateIndex(index), table)
