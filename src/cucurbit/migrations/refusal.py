"""A statement that the server refused, told on one screen: what it said, of what, and where that is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import HistoryError, MigrationError, Place
from cucurbit.sql.parse import advance
from cucurbit.sql.secrets import masked, masked_words

# https://www.postgresql.org/docs/current/errcodes-appendix.html
DEPENDENT_OBJECTS_STILL_EXIST = "2BP01"
_UNKNOWN_SCHEMA = "3F000"
# A column, a table, a function, another object: by the name that it is called there is none.
UNKNOWN_NAME = frozenset({"42703", "42P01", "42883", "42704"})

# Where the server's error is from when PL/pgSQL's RAISE has made it.
_RAISE = "exec_stmt_raise"

_PLACE = "cucurbit_place"


class translated:  # noqa: N801 - read as a statement: `with translated(…)`
    """A block whose server errors become a MigrationError with the statement, the server's words and the revision."""

    def __init__(self, revision: Callable[[], str | None]) -> None:
        self.revision = revision

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, type_: Any, error: BaseException | None, traceback: Any) -> None:
        """Raise the translation of a server error; everything else passes as it is."""
        if isinstance(error, DBAPIError):
            raise explain(error, self.revision()) from error
        if isinstance(error, CommandError):
            raise HistoryError(str(error.args[0])) from error


def explain(error: DBAPIError, revision: str | None) -> MigrationError:
    """The server's refusal on one screen: what it said, of which statement, in which revision."""
    diagnostic = getattr(error.orig, "diag", None)
    parts = [message_of(error)]
    parts += [str(text) for name in ("message_detail", "message_hint") if (text := getattr(diagnostic, name, None))]
    parts = [masked_words(part, str(error.statement or "")) for part in parts]
    parts = [part for part in parts if "CASCADE" not in part]  # the server's advice, which we never follow
    if isinstance(error.__cause__, DBAPIError):
        parts.append(f"It has to be made anew: {message_of(error.__cause__)}")
    if state_of(error) == _UNKNOWN_SCHEMA:
        parts.append("Declare the schema as an entity (`create schema …`), or make it in an earlier migration.")
    where = f"in revision {revision}: " if revision else ""
    has_said = getattr(diagnostic, "source_function", None) == _RAISE  # the block that is the statement, by itself
    statement = (
        [] if has_said else _excerpt(str(error.statement or ""), getattr(diagnostic, "statement_position", None))
    )
    place = error.__dict__.get(_PLACE)
    return MigrationError(f"{where}{parts[0]}", hint="\n".join([*parts[1:], *statement]), place=place)


def at(place: Place | None, error: DBAPIError) -> DBAPIError:
    """The same error, for a statement that waited: the call that asked for it has returned long ago."""
    error.__dict__[_PLACE] = place
    return error


def state_of(error: DBAPIError) -> str | None:
    """The SQLSTATE of a refusal."""
    return getattr(error.orig, "sqlstate", None)


def is_about_values(error: DBAPIError) -> bool:
    """Whether rows are against it, and not what depends on it: a data exception, or a violated constraint."""
    return (state_of(error) or "")[:2] in ("22", "23")


def message_of(error: DBAPIError) -> str:
    """What the server said, in its one line."""
    said = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    return str(said or str(error.orig).strip().split("\n")[0])


def in_full(error: DBAPIError) -> str:
    """What the server said, with the detail that names what is concerned."""
    detail = getattr(getattr(error.orig, "diag", None), "message_detail", None)
    return f"{message_of(error)} ({' '.join(str(detail).split())})" if detail else message_of(error)


def what_to_declare(error: MigrationError, entity: Entity) -> str | None:
    """A hint where the server does not know something that the entity refers to, by its name and its sort."""
    refusal = error.__cause__
    if not isinstance(refusal, DBAPIError) or state_of(refusal) not in UNKNOWN_NAME:
        return None
    said = message_of(refusal)
    for sort, _, name in sorted(entity.references.others, key=str):
        kinds = [kind for kind in all_kinds().values() if sort in kind.provides]
        if kinds and f'"{name}"' in said:
            return f"Declare it, or make it by hand where it is needed: {kinds[0].example}"
    return None


def _excerpt(statement: str, position: str | None, lines: int = 12) -> list[str]:
    """The statement, or the part of it around the position that the server named, which gets a caret."""
    if not statement:
        return []
    statement = masked(statement)
    rows = statement.splitlines()
    if position is None:
        return ["", *(f"  {row}" for row in rows[:lines]), *(["  …"] if len(rows) > lines else [])]
    before = statement[: int(position) - 1]
    row = before.count("\n")
    column = len(before) - (before.rfind("\n") + 1)
    first = max(0, row - lines // 2)
    shown = [f"  {text}" for text in rows[first : row + 1]] + ["  " + " " * column + "^"]
    return ["", *(["  …"] if first else []), *shown, *(f"  {text}" for text in rows[row + 1 : row + 3])]


def place_in(error: MigrationError, entity: Entity) -> Place | None:
    """Where in the user's own file the server found fault; the entity's place where it cannot be told closer."""
    refusal = error.__cause__
    origin = entity.origin
    if not isinstance(refusal, DBAPIError) or origin is None or not origin.file.endswith(".sql"):
        return origin
    position = getattr(getattr(refusal.orig, "diag", None), "statement_position", None)
    statement = str(refusal.statement or "")
    added = len(statement) - len(entity.sql)  # ` or replace` behind the first word
    if position is None or added < 0 or not statement.endswith(entity.sql[len("create") :]):
        return origin
    return advance(origin, entity.sql, max(0, int(position) - 1 - added))
