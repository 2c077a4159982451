"""The lock: of all processes that would migrate one database, one does; the others wait, or give up.

It is an advisory lock of a transaction, on a connection of its own. Waiting is asking again: who waits in the server
has a snapshot, for whose end CREATE INDEX CONCURRENTLY waits, perhaps that of the holder itself. And a transaction's
lock goes through poolers, and goes with the connection, whatever the process dies of.
https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from cucurbit.database.connect import connect
from cucurbit.database.lost import lost
from cucurbit.database.pins import driver_connection
from cucurbit.database.sessions import COLUMNS, Session
from cucurbit.errors import LockedError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import qualify

WAIT = 300.0
"""Seconds after which one gives up, unless told otherwise."""

Say = Callable[[str], None]
"""Told what is waited for, in one line."""

_CLASS = 0x63756375  # of our locks, among those that others take
_SHORTEST, _LONGEST = 0.1, 1.0  # seconds between two questions
_AGAIN = 10.0  # seconds until it is said again who holds it

# Numbers are written into the statements: a statement with parameters keeps its snapshot until the next one, and CREATE
# INDEX CONCURRENTLY waits for snapshots. transaction_timeout is there from PostgreSQL 17, and is looked up for that.
_TRY = """
select pg_try_advisory_xact_lock({}, {}), (
  select count(set_config(name, '0', true)) from pg_settings
   where name in ('idle_in_transaction_session_timeout', 'statement_timeout', 'lock_timeout', 'transaction_timeout'))
"""
_HOLDER = f"""
select {COLUMNS}
  from pg_locks l, pg_stat_get_activity(l.pid) a
 where l.locktype = 'advisory' and l.granted and (l.classid, l.objid, l.objsubid) = ({{}}, {{}}, 2)
   and l.database = (select oid from pg_database where datname = current_database())
"""  # noqa: S608 - a constant of our own
_BLOCKERS = f"""
select {COLUMNS}
  from unnest(pg_blocking_pids({{}})) b left join pg_stat_get_activity(coalesce(nullif(b, 0), -1)) a on true
"""  # noqa: S608 - the same


class Lock:
    """A lock that is held, with its connection; threads may ask it in turn."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._alone = threading.Lock()

    def check(self) -> None:
        """Raise LockedError where it was lost: its session was terminated, or a pooler started anew."""
        try:
            with self._alone:
                self._connection.exec_driver_sql("select 1")
        except SQLAlchemyError as error:  # of a watcher that has noticed it before there is not even a DBAPIError
            raise LockedError(
                f"the lock that keeps others from migrating was lost: {lost(error) or error}",
                hint="What was not finished is rolled back. Run migrate again.",
            ) from error

    def blockers(self, pid: int) -> list[Session]:
        """The sessions that a process of the server waits for. Raises SQLAlchemyError where the lock was lost."""
        with self._alone:
            self._connection.exec_driver_sql("select pg_stat_clear_snapshot()")  # or it would be what it was at first
            return [Session(*row) for row in self._connection.exec_driver_sql(_BLOCKERS.format(int(pid)))]


@contextmanager
def locked(
    settings: Settings, database: str = "default", *, wait: float = WAIT, say: Say = lambda text: None
) -> Iterator[Lock]:
    """A block in which no other process migrates the database; `wait` is in seconds, with 0 it is tried once.

    `say` is told who holds it, at once and then every ten seconds. Raises LockedError when the time is up.
    """
    with connect(settings, database) as connection:
        connection.execution_options(isolation_level="READ COMMITTED")  # each question sees what is true then
        driver_connection(connection).prepare_threshold = None  # what is prepared keeps its snapshot as well
        _acquire(connection, _key(settings), wait, say)
        try:
            yield Lock(connection)
        finally:
            with suppress(SQLAlchemyError):  # it is gone already
                connection.rollback()


def _key(settings: Settings) -> int:
    """Who shares a ledger shares the lock."""
    return zlib.crc32(qualify(settings.ledger_name).encode()) & 0x7FFFFFFF


def _acquire(connection: Connection, key: int, wait: float, say: Say) -> None:
    deadline = time.monotonic() + wait
    pause, again = _SHORTEST, 0.0
    while not connection.exec_driver_sql(_TRY.format(_CLASS, key)).one()[0]:
        now = time.monotonic()
        if now >= min(deadline, again):
            found = connection.exec_driver_sql(_HOLDER.format(_CLASS, key)).first()
            holder = Session(*found) if found else None
            if now >= deadline:
                raise _given_up(holder, wait)
            if holder:
                say(f"Waiting for another process that migrates this database: {holder}")
                again = now + _AGAIN
        connection.rollback()  # who only waits holds nothing, of a pooler neither
        time.sleep(max(0.0, min(pause * random.uniform(0.5, 1.5), deadline - now)))  # noqa: S311 - no secret
        pause = min(pause * 1.5, _LONGEST)


def _given_up(holder: Session | None, wait: float) -> LockedError:
    who = f": {holder}" if holder else ""
    ending = f"; where it hangs: select pg_terminate_backend({holder.pid})" if holder else ""
    return LockedError(
        f"another process migrates this database{who}",
        hint=f"Nothing was done in {wait:g} s of waiting. Wait longer: migrate --wait SECONDS{ending}",
    )
