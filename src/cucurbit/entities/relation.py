"""An entity that has rows and can be queried, by SQLAlchemy too."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity
from cucurbit.entities.query import Selectable, view_table
from cucurbit.errors import SqlError

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.sql.base import ReadOnlyColumnCollection


class Relation(Entity):
    """What a `select()` can select from: `select(active_orders)`, `select(active_orders.c.id)`.

    And what a class can be mapped to: `__table__ = active_orders.table`.
    """

    def _reads(
        self, name: str, schema: str | None, definition: str | Selectable, columns: Sequence[str | Column[Any]]
    ) -> None:
        """Remember what `table` is made of."""
        self.__dict__["_read"] = (name, schema, definition, columns)

    @cached_property
    def table(self) -> Table:
        """The SQLAlchemy table of its columns, in a MetaData of its own, which no migration looks at.

        Raises SqlError where their types are not known: a definition in text, without `columns`.
        """
        found = self.__dict__.get("_read")
        if found is None:
            raise SqlError(
                f"SQLAlchemy does not know the columns of {self.identity}, which is declared in SQL",
                hint=f"Declare it as {type(self).__name__}(…, columns=[Column('id', Integer, primary_key=True), …])",
                place=self.origin,
            )
        try:
            return view_table(self, *found)
        except SqlError as error:
            raise SqlError(error.message, hint=error.hint, place=self.origin) from None

    @property
    def c(self) -> ReadOnlyColumnCollection[str, Column[Any]]:
        """The columns of `table`: `active_orders.c.id`."""
        return self.table.c

    def __clause_element__(self) -> Any:
        """SQLAlchemy's question what this is in a statement."""
        return self.table
