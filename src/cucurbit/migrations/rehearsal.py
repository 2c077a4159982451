"""A rehearsal: revisions are run on scratch, to learn what their operations send there, for a script that asks nobody.

What the history knows can be set aside in a script like that; what else a database has is not known to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from cucurbit.database.statements import listen


@dataclass
class Rehearsal:
    """What each step of each revision sent, in the order in which they ran; then read again in that order.

    A step is an entity operation, or one end of a block that sets aside.
    """

    revisions: list[list[list[str]]] = field(default_factory=lambda: [[]])
    _heard: int = 0

    @contextmanager
    def step(self, connection: Connection) -> Iterator[None]:
        """A block that is one step: what it sends is remembered.

        What is sent between two steps is what the first has left until somebody else speaks, so it belongs to that.
        """
        if self.revisions[-1]:
            self.revisions[-1][-1] += self._news(connection)
        self._news(connection)
        yield
        self.revisions[-1].append(self._news(connection))

    def _news(self, connection: Connection) -> list[str]:
        """What was sent since this was last asked."""
        found = listen(connection)
        news, self._heard = found[self._heard :], len(found)
        return news

    def end_of_revision(self) -> None:
        """What comes now is of the next revision."""
        self.revisions.append([])

    def replay(self) -> Iterator[Iterator[list[str]]]:
        """The steps of each revision."""
        return (iter(steps) for steps in self.revisions)
