"""Pins: the settings and the role that every transaction of a connection begins with.

They are set for each transaction anew, and nothing is set for a session: behind a pooler that hands out its server's
sessions by the transaction (PgBouncer's `pool_mode = transaction`), what is set for a session is lost, or is somebody
else's next. Only in autocommit, where there is no transaction, they are the session's for a while, and a pooler is
refused what it cannot keep. https://www.pgbouncer.org/features.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from sqlalchemy import Connection, Engine, event

from cucurbit.database.statements import run
from cucurbit.errors import DatabaseError
from cucurbit.sql.names import literal, quote

# What changes how PostgreSQL reads a statement, or prints a definition.
PINNED = {
    "bytea_output": "hex",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "jit": "off",  # it would compile the catalog query for longer than that takes
    "quote_all_identifiers": "off",
    "TimeZone": "UTC",
    "check_function_bodies": "off",
}

_ALSO = "cucurbit_also"
_POOLED = "cucurbit_pooled"
_PREPARED_FROM = 5  # executions, psycopg's own


@dataclass(frozen=True)
class Pins:
    """The schema of names without one, and the role to act as; None for the one that has logged in."""

    home: str
    role: str | None = None

    def local(self) -> list[str]:
        """The statements behind a BEGIN."""
        return [f"SET LOCAL {text}" for text in self._settings()]

    def session(self) -> list[str]:
        """The statements before what runs outside of a transaction."""
        return [f"SET {text}" for text in self._settings()]

    def reset(self) -> list[str]:
        """The statements behind it, which leave the session as it was found."""
        return [*(["RESET ROLE"] if self.role else []), "RESET search_path", *(f"RESET {name}" for name in PINNED)]

    def _settings(self) -> list[str]:
        return [
            *([f"ROLE {quote(self.role)}"] if self.role else []),
            f"search_path = {quote(self.home)}",
            *(f"{name} = {literal(value)}" for name, value in PINNED.items()),
        ]


def pin(engine: Engine, pins: Pins) -> None:
    """Have every connection of an engine begin its transactions with the pins, one journey to the server each."""
    local, session, reset = ("; ".join(some) for some in (pins.local(), pins.session(), pins.reset()))
    pooled = False

    # SQLAlchemy is about to ask for the current schema, as the one that names without one are in; then it rolls back.
    @event.listens_for(engine, "first_connect")
    def look(raw: psycopg.Connection[Any], record: Any) -> None:
        nonlocal pooled
        cursor = raw.execute(f"{local}; SELECT pg_backend_pid()".encode())
        while cursor.nextset():
            pass
        pooled = cursor.fetchone() != (raw.info.backend_pid,)

    @event.listens_for(engine, "connect")
    def prepare(raw: psycopg.Connection[Any], record: Any) -> None:
        record.info[_POOLED] = pooled
        raw.prepare_threshold = None if pooled else _PREPARED_FROM  # the server's session knows of them, a pooler not

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if not in_autocommit(connection):
            more = "".join(f"; SET LOCAL {n} = {literal(v)}" for n, v in connection.info.get(_ALSO, {}).items())
            run(connection, local + more)
        elif pooled:
            _refuse(connection, pins)
        else:
            run(connection, session)

    def end(connection: Connection) -> None:
        if not pooled and not connection.invalidated and in_autocommit(connection):
            with suppress(psycopg.Error):  # with the connection the settings are gone as well
                driver_connection(connection).execute(reset.encode())

    event.listen(engine, "commit", end)
    event.listen(engine, "rollback", end)


@contextmanager
def also(connection: Connection, settings: dict[str, str]) -> Iterator[None]:
    """A block in which the transactions that begin have more settings."""
    before = connection.info.get(_ALSO, {})
    connection.info[_ALSO] = before | settings
    try:
        yield
    finally:
        connection.info[_ALSO] = before


def backend_of(connection: Connection) -> int:
    """The process of the server that serves a connection; behind a pooler the one of this transaction."""
    if not connection.info.get(_POOLED):
        return driver_connection(connection).info.backend_pid
    return int(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())


def is_pooled(connection: Connection) -> bool:
    """Whether a pooler is in between: it tells its clients another number than that of the server's process."""
    told = driver_connection(connection).info.backend_pid
    return bool(connection.exec_driver_sql("select pg_backend_pid()").scalar_one() != told)


def in_autocommit(connection: Connection) -> bool:
    """Whether the server knows nothing of a transaction, as in Alembic's `autocommit_block()`."""
    return driver_connection(connection).autocommit


def driver_connection(connection: Connection) -> psycopg.Connection[Any]:
    """psycopg's connection under SQLAlchemy's."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _refuse(connection: Connection, pins: Pins) -> None:
    """Outside of transactions a pooler may run every statement in another session: nothing can be set for them."""
    schema = connection.exec_driver_sql("select current_schema()").scalar()
    lost = f"the role {pins.role}" if pins.role else f"the schema {pins.home}" if schema != pins.home else None
    if lost:
        raise DatabaseError(
            f"a pooler is in between, and what runs outside of a transaction (autocommit) would lose {lost} there",
            hint="Give migrate the server's own url"
            + ("." if pins.role else f", or: ALTER ROLE … IN DATABASE … SET search_path = {quote(pins.home)}"),
        )
