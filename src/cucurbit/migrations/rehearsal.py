"""A rehearsal: revisions are run on scratch, to learn what their operations send there, for a script that asks nobody.

What the history knows can be set aside in a script like that; what else a database has is not known to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from cucurbit.database.statements import listen, said


@dataclass
class Rehearsal:
    """What each step of each revision sent, in the order in which they ran; then read again in that order.

    A step is an entity operation, or one end of a block that sets aside.
    """

    revisions: list[list[list[str]]] = field(default_factory=lambda: [[]])

    @contextmanager
    def step(self, connection: Connection) -> Iterator[None]:
        """A block that is one step: what it sends is remembered."""
        before = len(listen(connection))
        yield
        self.revisions[-1].append(said(connection)[before:])

    def end_of_revision(self) -> None:
        """What comes now is of the next revision."""
        self.revisions.append([])

    def replay(self) -> Iterator[Iterator[list[str]]]:
        """The steps of each revision."""
        return (iter(steps) for steps in self.revisions)
