"""The query of a view: SQL text, or a SQLAlchemy `select()` written out as SQL."""

from __future__ import annotations

from typing import Any, Protocol

from cucurbit.errors import SqlError
from cucurbit.sql.parse import print_again


class Selectable(Protocol):
    """What SQLAlchemy's `select()` returns, as far as it matters here."""

    def compile(self, *args: Any, **kwargs: Any) -> Any:
        """The construct in the words of a dialect."""


def query_text(definition: str | Selectable) -> str:
    """The SQL of a query, the values of a `select()` written into it, as a view's definition cannot have parameters.

    Raises SqlError for a value that SQLAlchemy cannot write as a literal.
    """
    if isinstance(definition, str):
        return definition.strip().rstrip(";").rstrip()
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.exc import CompileError

    # "named": with the driver's own parameter style every % in a literal would be doubled.
    dialect = postgresql.dialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy leaves it untyped
    try:
        text = str(definition.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    except CompileError as error:
        raise SqlError(f"the select() cannot be written as SQL: {error}") from error
    tidy = "\n".join(line.rstrip() for line in text.splitlines())
    return tidy if print_again(tidy) == print_again(text) else text
