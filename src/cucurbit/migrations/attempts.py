"""Attempts: a revision that meets somebody else's lock is rolled back as a whole, and tried again a little later.

Who waits for a lock on a table makes everybody wait who comes after, readers too. So it waits for a short time only,
and lets the others pass before it comes again.
https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from cucurbit.database.lock import Lock, Say
from cucurbit.database.pins import also, backend_of
from cucurbit.database.sessions import Session
from cucurbit.database.watcher import Watcher, told
from cucurbit.errors import MigrationError
from cucurbit.migrations.refusal import explain, message_of, state_of
from cucurbit.project.settings import Migrate

# lock_not_available, deadlock_detected, serialization_failure: the next time it may be otherwise.
PASSING = frozenset({"55P03", "40P01", "40001"})

_FIRST, _LAST = 0.5, 15.0  # seconds to the second attempt, and at most


class PassingError(Exception):
    """A refusal that says nothing of the statement: not for those who ask the server what can be done."""

    def __init__(self, refusal: DBAPIError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class Attempts:
    """How often, and with how much patience; `say` is told who is in the way before it is tried again."""

    def __init__(self, settings: Migrate, lock: Lock, say: Say) -> None:
        self.settings = settings
        self.lock = lock
        self.say = say

    def run(
        self,
        connection: Connection,
        revision: str,
        attempt: Callable[[], None],
        *,
        forget: Callable[[], None],
        is_asking: Callable[[], bool],
    ) -> None:
        """Run one revision; `forget` undoes what an attempt left in this process.

        `is_asking` says whether a statement is one of ours, whose refusal may mean that it goes another way. Raises
        MigrationError after the last attempt, and the error itself where something of the revision is committed by now:
        that cannot be run again.
        """
        for number in range(1, self.settings.attempts + 1):
            self.lock.check()
            seen: list[Session] = []
            try:
                with _commits(connection) as commits, self._watched(connection, seen), _passing(connection, is_asking):
                    attempt()
                return
            except Exception as error:
                refusal = _refusal(error)
                if refusal is None or commits:
                    raise
                connection.rollback()
                if number == self.settings.attempts:
                    raise self._given_up(refusal, revision, seen) from refusal
            forget()
            pause = min(_FIRST * 2 ** (number - 1), _LAST) * random.uniform(0.75, 1.25)  # noqa: S311 - no secret
            self.say(self._sentence(refusal, revision, seen, number, pause))
            time.sleep(pause)

    @contextmanager
    def _watched(self, connection: Connection, seen: list[Session]) -> Iterator[None]:
        watcher = Watcher(self.lock, self.settings.lock_seconds, self.say)

        def begin(_: Any) -> None:  # behind a pooler each transaction may be another process's
            watcher.pid = backend_of(connection)

        event.listen(connection, "begin", begin)
        try:
            with also(connection, {"lock_timeout": self.settings.lock_timeout}), watcher:
                yield
        finally:
            event.remove(connection, "begin", begin)
            seen += watcher.seen

    def _sentence(self, refusal: DBAPIError, revision: str, seen: list[Session], number: int, pause: float) -> str:
        parts = [f"{revision}: {message_of(refusal)}", told(seen)]
        parts.append(f"Attempt {number} of {self.settings.attempts}; the next in {pause:.1f} s")
        return ". ".join(filter(None, parts))

    def _given_up(self, refusal: DBAPIError, revision: str, seen: list[Session]) -> MigrationError:
        found = explain(refusal, revision)
        limits = f"lock_timeout = {self.settings.lock_timeout}, attempts = {self.settings.attempts}"
        lines = [
            found.hint or "",
            told(seen),
            f"It was attempted {self.settings.attempts} times ([migrate] {limits}), and is rolled back.",
            "Run migrate again when the way is free; where a session hangs: select pg_terminate_backend(PID)",
        ]
        return MigrationError(found.message, hint="\n".join(filter(None, lines)), place=found.place)


@contextmanager
def _commits(connection: Connection) -> Iterator[list[str]]:
    """What was committed while something else was still to come: an empty list until then.

    A COMMIT that fails is none; one that is followed by a BEGIN has not failed.
    """
    found: list[str] = []
    pending: list[str] = []

    def commit(_: Any) -> None:
        pending.append("commit")

    def begin(_: Any) -> None:
        found.extend(pending)
        pending.clear()

    event.listen(connection, "commit", commit)
    event.listen(connection, "begin", begin)
    try:
        yield found
    finally:
        event.remove(connection, "commit", commit)
        event.remove(connection, "begin", begin)


@contextmanager
def _passing(connection: Connection, is_asking: Callable[[], bool]) -> Iterator[None]:
    """A block in which what is refused for now only is no answer to our own questions."""

    def handle(context: Any) -> Exception | None:
        refusal = context.sqlalchemy_exception
        is_passing = isinstance(refusal, DBAPIError) and state_of(refusal) in PASSING
        return PassingError(refusal) if is_passing and context.connection is connection and is_asking() else None

    event.listen(connection.engine, "handle_error", handle)
    try:
        yield
    finally:
        event.remove(connection.engine, "handle_error", handle)


def _refusal(error: BaseException | None) -> DBAPIError | None:
    """The passing refusal that an error came of, None where it came of none."""
    while error is not None:
        if isinstance(error, PassingError):
            return error.refusal
        if isinstance(error, DBAPIError):
            return error if state_of(error) in PASSING else None
        error = error.__cause__
    return None
