"""Connections: an engine for one of the project's databases, with every setting pinned that SQL depends on."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.pool import NullPool

from cucurbit.database import embedded
from cucurbit.database.lost import told
from cucurbit.database.pins import Pins, pin
from cucurbit.database.urls import DIALECTS, for_psycopg, search_path
from cucurbit.errors import DatabaseError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import quote
from cucurbit.sql.secrets import masked as masked_statement

# How libpq begins: `connection to server at "localhost" (127.0.0.1), port 5432 failed: …`
_ADDRESS = re.compile(r'connection to server (?:at|on) .*?" ?.*?failed: ')

# What SET ROLE answers: there is no such role; it is not for whoever has logged in.
_ROLE_REFUSED = ("22023", "42501")
# Of a URL's parameters those that may be shown; a misspelt one may be a password.
_HARMLESS = frozenset(
    """application_name channel_binding client_encoding connect_timeout dbname gssencmode host hostaddr keepalives
    load_balance_hosts port require_auth service sslcert sslkey sslmode sslnegotiation sslrootcert
    target_session_attrs user""".split()
)

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
    resolved = _resolve(url)
    path = search_path(resolved.query)
    if path not in (None, settings.home):
        raise DatabaseError(
            f"the database's url sets search_path, and `schema` in the settings is {settings.home}",
            hint=f'Only `schema` counts: write schema = "{path}" there, or take the options out of the url.',
        )
    return resolved


def _embedded_name(project: str, database: str) -> str:
    name = project if database == "default" else f"{project}_{database}"
    return name.encode()[:63].decode(errors="ignore")  # PostgreSQL cuts longer ones


def engine(url: URL, settings: Settings, *, role: str | None = None, pinned: bool = True) -> Engine:
    """An engine without a pool; every transaction has the project's schema as its search path, and the other pins.

    With `pinned=False` nothing is pinned: for CREATE DATABASE and the like.
    """
    _quieten()
    options = _options(url, settings)
    made = create_engine(url, poolclass=NullPool, connect_args=options, use_native_hstore=False, hide_parameters=True)
    if pinned:
        pin(made, Pins(settings.home, role))
    return made


class _Masking(logging.Filter):
    """No password of a statement gets into a log, however loud that is."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes, some with another text."""
        text = record.getMessage()
        if (shown := masked_statement(text)) != text:
            record.msg, record.args = shown, ()
        return True


@cache
def _quieten() -> None:
    logging.getLogger("sqlalchemy.engine.Engine").addFilter(_Masking())


@contextmanager
def connect(settings: Settings, database: str = "default", *, read_only: bool = False) -> Iterator[Connection]:
    """A connection to one of the project's databases; with `read_only` the server lets it write and lock nothing.

    That is: no lock on a relation but ACCESS SHARE, no row, no temporary table.
    https://www.postgresql.org/docs/current/sql-set-transaction.html

    Raises DatabaseError, with what can be done about it: at once, and for what the server refuses inside the block.
    """
    configured = settings.database(database)
    url = resolve(configured.url, settings, database)
    made = engine(url, settings, role=configured.role)
    try:
        connection = _open(made, settings, configured.role, is_embedded=configured.url == embedded.URL)
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


def _open(made: Engine, settings: Settings, role: str | None, *, is_embedded: bool) -> Connection:
    try:
        return made.connect()
    except OperationalError as error:
        missing = getattr(error.orig, "sqlstate", None) == "3D000" or "does not exist" in str(error.orig)
        if not (is_embedded and missing):
            raise unreachable(error, made.url) from error
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if role is None or state not in _ROLE_REFUSED:
            raise unreachable(error, made.url) from error
        if not (is_embedded and state == _ROLE_REFUSED[0]):
            raise _role_refused(error, role, made.url) from error
    _create_database(made.url, settings, role)
    return _open(made, settings, role, is_embedded=False)


def _create_database(url: URL, settings: Settings, role: str | None) -> None:
    """The embedded server's database of the project, and its role, when they are asked for the first time."""
    made = engine(url.set(database="postgres"), settings, pinned=False)
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if role:
            create_role(connection, role)
        known = connection.exec_driver_sql("select 1 from pg_database where datname = %s", (url.database,)).first()
        owner = f" OWNER {quote(role)}" if role else ""
        if not known:
            connection.exec_driver_sql(f"CREATE DATABASE {quote(url.database or '')}{owner}")
    made.dispose()


def create_role(connection: Connection, role: str) -> None:
    """Make a role that may do nothing, where there is none of this name: on a server that is nobody else's."""
    if not has_role(connection, role):
        connection.exec_driver_sql(f"CREATE ROLE {quote(role)}", execution_options={"no_parameters": True})


def has_role(connection: Connection, role: str) -> bool:
    """Whether the server has a role of this name."""
    return connection.exec_driver_sql("select 1 from pg_roles where rolname = %s", (role,)).first() is not None


def _role_refused(error: DBAPIError, role: str, url: URL) -> DatabaseError:
    """The role of the settings is not there, or is not to be had."""
    name = quote(url.username) if url.username else "…"
    grant = f"GRANT {quote(role)} TO {name}"
    missing = getattr(error.orig, "sqlstate", None) == _ROLE_REFUSED[0]
    hint = f"As a superuser: CREATE ROLE {quote(role)}; {grant}" if missing else f"As a superuser: {grant}"
    return DatabaseError(
        f"cannot act as the role of the settings: {_reason(str(error.orig))}",
        hint=f"{hint} (from PostgreSQL 16 a grant may leave that out: WITH SET TRUE)" if not missing else hint,
    )


def unreachable(error: DBAPIError, url: URL) -> DatabaseError:
    """What a failed connection means, with the password masked."""
    message = str(error.orig).strip()
    for secret in _secrets(url):
        message = message.replace(secret, "***")
    state = getattr(error.orig, "sqlstate", None) or _guess_state(message)
    hint = _HINTS.get(state or "", "Is the server running, and is the url in settings.toml or DATABASE_URL right?")
    return DatabaseError(f"cannot connect to {masked(url)}: {_reason(message)}", hint=hint)


def refused(error: DBAPIError) -> DatabaseError:
    """What a server that was reached did not do for us, in its own words."""
    state = getattr(error.orig, "sqlstate", None)
    return DatabaseError(str(error.orig).strip().split("\n")[0], hint=_REFUSALS.get(state or ""))


def masked(url: URL) -> str:
    """The URL without its password, and without the driver's name, which nobody wrote."""
    shown = url.set(drivername="postgresql", username=url.username and url.username.partition(":")[0])
    hidden = {key: value if key in _HARMLESS else "***" for key, value in shown.query.items()}
    return shown.set(query=hidden).render_as_string(hide_password=True)


def without_secrets(url: URL) -> str:
    """The URL for a program's command line, which everybody can read; `environment` has the rest."""
    harmless = {key: value for key, value in url.query.items() if key in _HARMLESS}
    shown = url.set(drivername="postgresql", password=None, query=harmless)
    return shown.render_as_string(hide_password=False)


def environment(url: URL) -> dict[str, str]:
    """What a program of PostgreSQL's is told of a URL by its environment: the password."""
    given = url.query.get("password", "")
    password = str(url.password or "") or (given if isinstance(given, str) else given[-1])
    return {"PGPASSWORD": password} if password else {}


def _secrets(url: URL) -> list[str]:
    """What of a URL is not to be told, as a message may have it."""
    values = [value for key, value in url.query.items() if key not in _HARMLESS]
    words = [word for value in values for word in ([value] if isinstance(value, str) else value)]
    found = [str(url.password or ""), (url.username or "").partition(":")[2], *words]
    return sorted(filter(None, found), key=len, reverse=True)


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
    if "@" in (url.host or ""):  # of which nobody knows whether it is a part of the password
        raise DatabaseError(
            "the database's url cannot be read, as it has several @",
            hint="Within a name or a password, @ is written %40, : %3A and / %2F.",
        )
    if url.drivername.split("+")[0] not in DIALECTS:
        raise DatabaseError(
            f"the database's url is for {url.drivername}, and cucurbit is for PostgreSQL",
            hint="It looks like this: postgresql://user@host:5432/name",
        )
    return for_psycopg(url)


def _options(url: URL, settings: Settings) -> dict[str, Any]:
    """What the URL does not say: who it is, and a time limit in seconds for reaching a server that does not answer.

    Nothing else is sent when a session begins: PgBouncer refuses what it does not know.
    """
    name = " ".join(filter(None, ("cucurbit", settings.command, settings.name)))
    options: dict[str, Any] = {"application_name": name.encode("ascii", "replace")[:63].decode(), "connect_timeout": 10}
    return {"prepare_threshold": None} | {key: value for key, value in options.items() if key not in url.query}
