"""The watcher: while a statement waits for a lock it looks, on another connection, whom it waits for."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from cucurbit.database.lock import Lock, Say
from cucurbit.database.sessions import Session

_PAUSE = 1.0  # seconds between two looks
_AGAIN = 10.0  # seconds of waiting until it is said, and until it is said again


class Watcher:
    """A block in which a process of the server is watched, once its `pid` is known; `seen` is whom it waited for last.

    `timeout`, in seconds, is how long it waits for one lock, 0 without end: it is looked at a few times until then.
    """

    def __init__(self, lock: Lock, timeout: float, say: Say) -> None:
        self.pid: int | None = None
        self.seen: list[Session] = []
        self._lock, self._say = lock, say
        self._pause = min(_PAUSE, timeout / 4) if timeout else _PAUSE
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="cucurbit-watcher", daemon=True)

    def __enter__(self) -> Watcher:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(self, *error: Any) -> None:
        """Look no more."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        due: float | None = None
        with suppress(SQLAlchemyError):  # the lock was lost, which the next `check` tells
            while not self._ended.wait(self._pause):
                found = self._lock.blockers(self.pid) if self.pid else []
                now = time.monotonic()
                if not found:
                    due = None
                    continue
                self.seen = found
                if due is None:
                    due = now + _AGAIN
                elif now >= due:
                    self._say(f"A statement waits for a lock. {told(found)}")
                    due = now + _AGAIN


def told(blockers: list[Session]) -> str:
    """Who is in the way, in one line; empty where nobody was seen."""
    some = [f"{session} ({session.said})" if session.said else str(session) for session in blockers[:3]]
    more = f" and {len(blockers) - 3} more" if len(blockers) > 3 else ""
    return f"Blocked by {'; '.join(some)}{more}" if some else ""
