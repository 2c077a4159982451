"""The account of a run of revisions: what is applied, and what is not, when the connection breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection, event

from cucurbit.database.lost import told


class Account:
    """Of one run on one connection: it is told when a revision begins and when it is done.

    A revision whose COMMIT was sent, and not answered, may be applied or not. `has_begun` tells of the running
    one whether something of it was committed before.
    """

    def __init__(self, connection: Connection, has_begun: Callable[[str], bool] = lambda revision: False) -> None:
        self._has_begun = has_begun
        self.done: list[tuple[str, bool]] = []
        self.running: tuple[str, bool] | None = None
        self._is_committing = False
        event.listen(connection, "begin", self._begins)
        event.listen(connection, "commit", self._commits)

    def told(self) -> AbstractContextManager[None]:
        """The block of the run. Raises ConnectionLostError, with the account, when the connection breaks in it."""
        return told("the database", self._sentences)

    def begin(self, revision: str, is_upgrade: bool) -> None:
        """A revision begins."""
        self.running = (revision, is_upgrade)

    def end(self) -> None:
        """It is committed."""
        self.done += [self.running] if self.running else []
        self.running = None

    def _begins(self, *_: Any) -> None:
        self._is_committing = False

    def _commits(self, *_: Any) -> None:
        self._is_committing = True

    def _sentences(self) -> str:
        lines = [_line("Applied", [name for name, up in self.done if up])]
        lines += [_line("Unapplied", [name for name, up in self.done if not up])]
        if self.running and self._is_committing:
            lines += [f"Not known: {self.running[0]}, as the answer to its COMMIT is missing."]
            lines += ["To find out: python manage.py showmigrations. To go on: the same command again."]
        elif self.running and self._has_begun(self.running[0]):
            lines += [f"Begun, and not done: {self.running[0]}. What it does outside a transaction is run again."]
            lines += ["To go on: the same command again, when the server can be reached."]
        else:
            lines += [_line("Rolled back", [self.running[0]] if self.running else [])]
            lines += ["To go on: the same command again, when the server can be reached."]
        return "\n".join(line for line in lines if line)


def _line(label: str, names: Sequence[str]) -> str:
    if len(names) > 10:
        return f"{label}: {names[0]} … {names[-1]} ({len(names)} revisions)"
    return f"{label}: {', '.join(names)}" if names else ""
