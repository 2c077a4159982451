"""Connections: an engine for one of the project's databases, with every setting pinned that SQL depends on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from cucurbit.database import embedded
from cucurbit.database.lost import told
from cucurbit.errors import DatabaseError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import literal, quote

# What changes how PostgreSQL reads a statement, or prints a definition.
PINNED = {
    "bytea_output": "hex",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "jit": "off",  # it would compile the catalog query for longer than that takes
    "quote_all_identifiers": "off",
    "TimeZone": "UTC",
}

# How libpq begins: `connection to server at "localhost" (127.0.0.1), port 5432 failed: …`
_ADDRESS = re.compile(r'connection to server (?:at|on) .*?" ?.*?failed: ')

_HINTS = {
    "28P01": "The password is wrong; it is in the url of settings.toml, in DATABASE_URL or in ~/.pgpass.",
    "28000": "The server does not let this role in: create it, correct it in the url, or see the server's pg_hba.conf.",
    "3D000": "Create the database, or correct its name in the url.",
}

_REFUSALS = {
    "25006": "The database is read-only (default_transaction_read_only, a standby): give the url of one that is not.",
    "42501": "The role of the url lacks a right there: GRANT it, or give the url of another role.",
}


def resolve(url: str, settings: Settings, database: str = "default") -> URL:
    """The SQLAlchemy URL, for psycopg, of what the settings say; `embedded` starts the embedded server.

    On the embedded server the default database has the project's name, another one its own name behind it. Raises
    DatabaseError for a URL that cannot be read.
    """
    if url == embedded.URL:
        return _resolve(embedded.start(settings.root)).set(database=_embedded_name(settings.name, database))
    return _resolve(url)


def _embedded_name(project: str, database: str) -> str:
    name = project if database == "default" else f"{project}_{database}"
    return name.encode()[:63].decode(errors="ignore")  # PostgreSQL cuts longer ones


def engine(url: URL, settings: Settings) -> Engine:
    """An engine without a pool; each connection has the project's schema as its search path and the pinned settings."""
    made = create_engine(url, poolclass=NullPool, connect_args={"application_name": "cucurbit"} | _options(url))
    statement = "; ".join(pinning(settings.home))

    @event.listens_for(made, "connect", insert=True)
    def pin(connection: Any, record: Any) -> None:
        before = connection.autocommit
        connection.autocommit = True
        connection.execute(statement)
        connection.autocommit = before

    return made


def pinning(home: str) -> list[str]:
    """The statements that pin a session's settings; `migrate --sql` writes them at the top."""
    return [
        f"SET search_path = {quote(home)}",
        *(f"SET {name} = {literal(value)}" for name, value in PINNED.items()),
        "SET check_function_bodies = off",
    ]


@contextmanager
def connect(settings: Settings, database: str = "default", *, read_only: bool = False) -> Iterator[Connection]:
    """A connection to one of the project's databases; with `read_only` the server lets it write and lock nothing.

    That is: no lock on a relation but ACCESS SHARE, no row, no temporary table.
    https://www.postgresql.org/docs/current/sql-set-transaction.html

    Raises DatabaseError, with what can be done about it: at once, and for what the server refuses inside the block.
    """
    url = resolve(settings.database(database).url, settings, database)
    made = engine(url, settings)
    is_embedded = settings.database(database).url == embedded.URL
    try:
        connection = _open(made, settings, create=is_embedded)
    finally:
        made.dispose()
    if read_only:  # else the role's or the server's own default holds
        connection.execution_options(postgresql_readonly=True)
    with connection, told("the database", lambda: "Nothing was changed." if read_only else None):
        try:
            yield connection
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            raise refused(error) from error


def _open(made: Engine, settings: Settings, *, create: bool) -> Connection:
    try:
        return made.connect()
    except OperationalError as error:
        missing = getattr(error.orig, "sqlstate", None) == "3D000" or "does not exist" in str(error.orig)
        if create and missing:
            _create_database(made.url, settings)
            return _open(made, settings, create=False)
        raise unreachable(error, made.url) from error
    except DBAPIError as error:
        raise unreachable(error, made.url) from error


def _create_database(url: URL, settings: Settings) -> None:
    """The embedded server's database of the project, when it is asked for the first time."""
    made = engine(url.set(database="postgres"), settings)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {quote(url.database or '')}")


def unreachable(error: DBAPIError, url: URL) -> DatabaseError:
    """What a failed connection means, with the password masked."""
    message = str(error.orig).strip()
    if url.password:
        message = message.replace(str(url.password), "***")
    state = getattr(error.orig, "sqlstate", None) or _guess_state(message)
    hint = _HINTS.get(state or "", "Is the server running, and is the url in settings.toml or DATABASE_URL right?")
    return DatabaseError(f"cannot connect to {masked(url)}: {_reason(message)}", hint=hint)


def refused(error: DBAPIError) -> DatabaseError:
    """What a server that was reached did not do for us, in its own words."""
    state = getattr(error.orig, "sqlstate", None)
    return DatabaseError(str(error.orig).strip().split("\n")[0], hint=_REFUSALS.get(state or ""))


def masked(url: URL) -> str:
    """The URL without its password, and without the driver's name, which nobody wrote."""
    shown = url.set(drivername="postgresql")
    hidden = {key: "***" if "password" in key else value for key, value in shown.query.items()}
    return shown.set(query=hidden).render_as_string(hide_password=True)


def _reason(message: str) -> str:
    """What failed, without the address, which the URL has: `Connection refused`, `FATAL:  role … does not exist`."""
    first = message.split("\n", maxsplit=1)[0].removeprefix("connection failed: ")
    return _ADDRESS.sub("", first)


def _guess_state(message: str) -> str | None:
    """libpq reports some failures of the handshake as text alone."""
    if "password authentication failed" in message or "no password supplied" in message:
        return "28P01"
    if "no pg_hba.conf entry" in message or ("role" in message and "does not exist" in message):
        return "28000"
    return "3D000" if "does not exist" in message and "database" in message else None


def _resolve(text: str) -> URL:
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise DatabaseError(
            "the database's url cannot be read", hint="It looks like this: postgresql://user@host:5432/name"
        ) from None
    if url.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise DatabaseError(
            f"the database's url is for {url.drivername}, and cucurbit is for PostgreSQL",
            hint="It looks like this: postgresql://user@host:5432/name",
        )
    return url.set(drivername="postgresql+psycopg")


def _options(url: URL) -> dict[str, Any]:
    """A time limit in seconds for reaching a server that does not answer, unless the URL has one."""
    return {} if "connect_timeout" in url.query else {"connect_timeout": 10}
