"""The query of a view: SQL text, or a SQLAlchemy `select()` written out as SQL; and the table that SQLAlchemy sees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from cucurbit.errors import SqlError
from cucurbit.sql.parse import print_again

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

IS_VIEW = "is_view"
"""The key in `Table.info` of what stands for a view, as many a project's env.py has it: of ours, the view itself."""


class Selectable(Protocol):
    """What SQLAlchemy's `select()` returns, as far as it matters here."""

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """The construct in the words of a dialect."""


def query_text(definition: str | Selectable) -> str:
    """The SQL of a query, the values of a `select()` written into it, as a view's definition cannot have parameters.

    Raises SqlError for a value that SQLAlchemy cannot write as a literal, and for a parameter without one.
    """
    if isinstance(definition, str):
        return definition.strip().rstrip(";").rstrip()
    return written_out(definition)


def written_out(construct: Any, query: Any = None) -> str:
    """The SQL of a construct of SQLAlchemy, with its values in it; `query` is what has them, if not the construct.

    Raises SqlError as `query_text` does.
    """
    text = str(_compiled(construct, query))
    tidy = "\n".join(line.rstrip() for line in text.splitlines())
    return tidy if print_again(tidy) == print_again(text) else text


def view_table(
    view: object, name: str, schema: str | None, definition: str | Selectable, columns: Sequence[str | Column[Any]]
) -> Table:
    """The table by which SQLAlchemy queries a view, in a MetaData of its own.

    Its columns are those of a `select()`, by their types and primary keys; `columns` gives the first ones other names,
    or takes their places. Raises SqlError for columns that nobody has named.
    """
    from sqlalchemy import Column, MetaData, Table

    found = list(_columns(definition))
    for number, column in enumerate(columns):
        if isinstance(column, Column):
            found[number : number + 1] = [column]
        elif number < len(found):
            found[number] = Column(column, found[number].type, primary_key=found[number].primary_key)
        else:
            found.append(Column(column))
    unknown = [number for number, column in enumerate(found, 1) if column.name in (None, "*")]
    if unknown or not found:
        which = f"column {unknown[0]} of {name}" if unknown else f"the columns of {name}, whose definition is text"
        raise SqlError(
            f"SQLAlchemy does not know {which}",
            hint="Give the view its columns: View(…, columns=[Column('id', Integer, primary_key=True), …])",
        )
    return Table(name, MetaData(), *found, schema=schema, info={IS_VIEW: view})


def column_names(query: Selectable) -> list[str]:
    """What the columns of a `select()` are called in the database."""
    return [found.keyname for found in _compiled(query)._result_columns]


def _columns(definition: str | Selectable) -> Iterator[Column[Any]]:
    """The columns of a `select()`; none of a text."""
    from sqlalchemy import Column

    if isinstance(definition, str):
        return
    # SQLAlchemy tells in public what it names a column only where that has no name twice.
    for found in _compiled(definition)._result_columns:
        is_key = any(getattr(element, "primary_key", False) is True for element in found.objects)
        yield Column(found.keyname, found.type, primary_key=is_key)


def _compiled(construct: Any, query: Any = None) -> Any:
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.exc import CompileError
    from sqlalchemy.sql import visitors
    from sqlalchemy.sql.elements import BindParameter

    for element in visitors.iterate(construct if query is None else query):
        if isinstance(element, BindParameter) and element.required and element.value is None:
            raise SqlError(
                f"parameter :{element.key} has no value, and the definition of a view has no parameters",
                hint="Give it one, or in text() write \\: for a colon.",
            )
    # "named": with the driver's own parameter style every % in a literal would be doubled.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    try:
        return construct.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
    except CompileError as error:
        raise SqlError(f"the select() cannot be written as SQL: {error}") from error
