"""Scratch databases: made, used, dropped. The one that holds the history is kept as a template.

The template's name has the digest of the history in it, so the second run copies it and runs nothing; and one of a
history that went on is made from the one before. Templates and left-overs of the same project are removed when a new
template is made. One more database of each project and role is kept, an empty one, which remembers what was made in it
and taken back.
"""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from functools import cached_property

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from cucurbit.database import connect, embedded
from cucurbit.database.admin import Admin
from cucurbit.database.lost import lost, told
from cucurbit.errors import DatabaseError, ScratchError
from cucurbit.project.settings import Settings
from cucurbit.sql.names import quote

_ROOM = "cucurbit_scratch"
_KEPT = 3  # templates: one for each branch that somebody switches between
_STALE = 24 * 3600  # seconds after which a scratch database without a session is a left-over
_ELSEWHERE = (
    "This is the url of [scratch] in settings.toml. Correct it, leave it out to use the configured database's server, "
    "or compare with the configured database: makemigrations --against database"
)

# The empty database of `remembered`, and the table there: in a schema that no catalog query looks at.
_EMPTY = "_m_"
_REMEMBERED = 20  # texts
_MEMORY = """
create schema cucurbit_scratch;
create table cucurbit_scratch.remembered (
  key text primary key, found text not null, at timestamptz not null default clock_timestamp())
"""
_KNOWN = "select found from cucurbit_scratch.remembered where key = %s"
_KEEP = "insert into cucurbit_scratch.remembered (key, found) values (%s, %s) on conflict do nothing"
_FORGET = """
delete from cucurbit_scratch.remembered
 where key not in (select key from cucurbit_scratch.remembered order by at desc limit %s)
"""

Fill = Callable[[Connection], object]


def is_scratch(connection: Connection) -> bool:
    """Whether a connection is one to a scratch database, by its name."""
    return str(connection.engine.url.database).startswith(f"{_ROOM}_")


class Scratch:
    """The scratch databases of one project, on the server that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.url = _server(settings)
        self._prefix = f"{_ROOM}_{hashlib.sha256(settings.name.encode()).hexdigest()[:8]}"

    @contextmanager
    def database(self, digests: Sequence[str], fill: Fill) -> Iterator[Engine]:
        """An engine for a new database with what `fill` makes, which the first digest stands for; dropped at the end.

        The others stand for what it makes on the way, the latest first: it goes on from there, where one is kept.
        Raises ScratchError where the server does not let us.
        """
        with self._admin() as admin:
            name = f"{self._prefix}_{int(time.time())}_{secrets.token_hex(3)}"
            with _told():
                admin.create(name, self._template(admin, digests, fill))
            engine = self._engine(name)
            try:
                with _told():
                    yield engine
            finally:
                engine.dispose()
                self._drop(admin, name)

    def remembered(self, digest: str, find: Callable[[Connection], str]) -> str:
        """What `find` reads of what it makes in an empty database, in one transaction that is taken back.

        The text is kept in that database under `digest`, so the second time costs a connection and one query. Raises
        ScratchError where the server does not let us, and whatever `find` raises.
        """
        engine = self._engine(f"{self._prefix}{_EMPTY}{self._who()}")
        try:
            with _told(), self._empty(engine) as connection:
                version = connection.exec_driver_sql("select current_setting('server_version_num')").scalar_one()
                key = hashlib.sha256(f"{digest} {version} {self.settings.home}".encode()).hexdigest()
                known = connection.exec_driver_sql(_KNOWN, (key,)).scalar()
                if known is not None:
                    return str(known)
                connection.rollback()
                found = find(connection)
                connection.rollback()
                connection.exec_driver_sql(_KEEP, (key, found))
                connection.exec_driver_sql(_FORGET, (_REMEMBERED,))
                connection.commit()
                return found
        finally:
            engine.dispose()

    def _who(self) -> str:
        """A database can be written by its owner only, so each role has its own."""
        name = self.url.username or os.environ.get("PGUSER") or getpass.getuser()
        return hashlib.sha256(f"{name} {self._role or ''}".strip().encode()).hexdigest()[:8]

    def _engine(self, name: str) -> Engine:
        return connect.engine(self.url.set(database=name), self.settings, role=self._role)

    @cached_property
    def _role(self) -> str | None:
        """Whom to act as. On a server of its own for scratch that role may be missing: then it is nobody.

        On the embedded server, which is nobody else's, it is made.
        """
        default, scratch = self.settings.database("default"), self.settings.scratch.url
        role = default.role
        is_embedded = (scratch or default.url) == embedded.URL
        if role is None or not (scratch or is_embedded):
            return role
        with self._open() as connection:
            if is_embedded:
                connect.create_role(connection, role)
            return role if connect.has_role(connection, role) else None

    @contextmanager
    def _empty(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except DBAPIError:  # it is not there yet; or nothing is, which the next line tells
            with self._admin() as admin:
                self._create_empty(admin, str(engine.url.database))
            try:
                connection = engine.connect()
            except DBAPIError as error:
                raise connect.unreachable(error, engine.url) from error
        with connection:
            yield connection

    def _create_empty(self, admin: Admin, name: str) -> None:
        building = f"{self._prefix}_{int(time.time())}_{secrets.token_hex(3)}"
        admin.create(building, "template0")
        try:
            self._fill(building, lambda connection: connection.exec_driver_sql(_MEMORY))
            admin.run(f"ALTER DATABASE {quote(building)} RENAME TO {quote(name)}")
        except DBAPIError as error:
            self._drop(admin, building)
            if getattr(error.orig, "sqlstate", None) != "42P04":  # somebody else made it meanwhile
                raise

    def _drop(self, admin: Admin, name: str) -> None:
        """Drop a database; where the connection is gone on another, and where the server is, whoever comes next may."""
        try:
            admin.drop(name)
        except (DatabaseError, PendingRollbackError) as error:
            if lost(error) is None:
                raise
            with suppress(DatabaseError), self._admin() as other:
                other.drop(name)

    @contextmanager
    def _open(self) -> Iterator[Connection]:
        """A connection in autocommit, as CREATE DATABASE wants it, by the role that has logged in."""
        engine = connect.engine(self.url, self.settings, pinned=False)
        try:
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        except DBAPIError as error:
            found = connect.unreachable(error, self.url)
            hint = _ELSEWHERE if self.settings.scratch.url else found.hint
            raise ScratchError(found.message, hint=hint) from error
        with connection:
            try:
                yield connection
            finally:
                engine.dispose()

    @contextmanager
    def _admin(self) -> Iterator[Admin]:
        """Who makes the databases, so that they belong to whom the settings act as."""
        with self._open() as connection, ExitStack() as stack:
            with _told():
                admin = stack.enter_context(Admin.of(connection, self._role))
            yield admin

    def _template(self, admin: Admin, digests: Sequence[str], fill: Fill) -> str:
        """The name of the template with this history, made now if it is not there."""
        # The role, because a template can be copied by its owner only.
        [(version,)] = admin.query("select current_setting('server_version_num')")
        by = f"{(version, admin.owner)} {self.settings.home}"
        keys = (hashlib.sha256(f"{digest} {by}".encode()).hexdigest()[:16] for digest in digests)
        names = [f"{self._prefix}_t_{key}" for key in keys]
        name = names[0]
        if self._first(admin, names[:1]):
            return name
        self._tidy(admin)
        building = f"{self._prefix}_{int(time.time())}_{secrets.token_hex(3)}"
        admin.create(building, self._first(admin, names) or "template0")
        try:
            self._fill(building, fill)
            admin.run(f"ALTER DATABASE {quote(building)} ALLOW_CONNECTIONS false")
            admin.run(f"ALTER DATABASE {quote(building)} RENAME TO {quote(name)}")
        except DBAPIError as error:
            self._drop(admin, building)
            if getattr(error.orig, "sqlstate", None) != "42P04":  # somebody else made it meanwhile
                raise
        except BaseException:
            self._drop(admin, building)
            raise
        return name

    def _first(self, admin: Admin, names: Sequence[str]) -> str | None:
        """The first of these databases that is there."""
        there = {
            name for (name,) in admin.query("select datname from pg_database where datname = any(%s)", (list(names),))
        }
        return next((name for name in names if name in there), None)

    def _fill(self, name: str, fill: Fill) -> None:
        engine = self._engine(name)
        try:
            with engine.connect() as connection:
                fill(connection)
                connection.commit()
        finally:
            engine.dispose()

    def _tidy(self, admin: Admin) -> None:
        """Drop templates but for the newest, and what a killed process left behind."""
        names = admin.query(
            "select datname, oid from pg_database d where datname like %s || '\\_%%'"
            " and datdba = (select oid from pg_roles where rolname = %s) and not exists"
            " (select from pg_stat_activity a where a.datid = d.oid) order by oid desc",
            (self._prefix.replace("_", "\\_"), admin.owner),
        )
        templates = [name for name, _ in names if name.startswith(f"{self._prefix}_t_")]
        others = [name for name, _ in names if not name.startswith((f"{self._prefix}_t_", f"{self._prefix}{_EMPTY}"))]
        stale = [n for n in others if int(n.removeprefix(self._prefix).split("_")[1]) < time.time() - _STALE]
        for name in (*templates[_KEPT - 1 :], *stale):
            with suppress(DatabaseError):  # whoever comes next may do it
                admin.drop(name)


def _told() -> AbstractContextManager[None]:
    """A block that is about scratch databases only, whatever is run there."""
    return told("a scratch database", lambda: "Nothing was written: the same command may be given again.", instead=True)


def _server(settings: Settings) -> URL:
    """Where to create databases: a URL of a database that is there."""
    text = settings.scratch.url or settings.database("default").url
    url = connect.resolve(text, settings)
    return url.set(database="postgres") if text == embedded.URL else url
