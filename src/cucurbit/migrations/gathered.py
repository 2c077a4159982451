"""Changes that need no question are gathered, and sent together: hundreds take one journey to the server."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from cucurbit.database.statements import try_all
from cucurbit.planning.change import Change


class Gathered:
    """The changes that have been asked for, and not made yet; in their order, with the statements that make them."""

    def __init__(self, connection: Connection, *, is_open: bool) -> None:
        self._connection = connection
        self._is_open = is_open
        self._found: list[tuple[Change | None, list[str]]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def takes(self, change: Change, *, in_place: bool) -> bool:
        """Whether the change waits here from now on; not one that has to be looked at by itself."""
        statements = _plain(change, in_place) if self._is_open else None
        if statements is not None:
            self._found.append((change, statements))
        return statements is not None

    def takes_plain(self, statements: Sequence[str]) -> bool:
        """The same of statements that are no entity's."""
        if self._is_open:
            self._found.append((None, list(statements)))
        return self._is_open

    def send(self) -> tuple[list[tuple[Change | None, list[str]]], bool]:
        """All of them as one script; what they were, and whether the server took it. If not, it left no trace."""
        found, self._found = self._found, []
        statements = [statement for _, mine in found for statement in mine]
        return found, not found or try_all(self._connection, statements)

    def forget(self) -> None:
        """Have none any more."""
        self._found = []


def _plain(change: Change, in_place: bool) -> list[str] | None:
    new, old = change.new, change.old
    if change.entity.is_out_of_reach:
        return None
    if new is None:
        return change.entity.drop_statements()
    if old is None:
        return new.create_statements()
    return new.replace_statements(old) if in_place and not old.forgets_marks and not new.is_slow else None
