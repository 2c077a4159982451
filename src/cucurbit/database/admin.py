"""Making and dropping databases, in autocommit, so that they belong to the role that the settings act as.

Whoever has logged in makes them, if it may, and gives them to the role; else the role does so itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import connect
from cucurbit.database.pins import is_pooled
from cucurbit.database.statements import run
from cucurbit.errors import DatabaseError, ScratchError
from cucurbit.sql.names import quote

_HINT = (
    "Migrations are tried on a scratch database. Allow it (ALTER ROLE … CREATEDB), or name another server in "
    'settings.toml ([scratch] url = "embedded"). Without any: makemigrations --against database'
)

# Who may create databases and, as their owner's member, drop them again.
_MAY = """
select l.rolsuper or l.rolcreatedb and pg_has_role(l.oid, r.oid, 'usage'), r.rolcreatedb
  from pg_roles l join pg_roles r on r.rolname = %s
 where l.rolname = session_user
"""


class Admin:
    """One who makes databases on a connection in autocommit, for `owner`; `acts` where that is by SET ROLE."""

    def __init__(self, connection: Connection, owner: str, *, acts: bool = False) -> None:
        self.connection = connection
        self.owner = owner
        self._acts = acts

    @classmethod
    @contextmanager
    def of(cls, connection: Connection, role: str | None) -> Iterator[Admin]:
        """An admin until the block ends. Raises ScratchError where it could act as the role only behind a pooler."""
        if role is None:
            yield cls(connection, connection.exec_driver_sql("select current_user").scalar_one())
            return
        by_login, by_role = connection.exec_driver_sql(_MAY, (role,)).one_or_none() or (True, False)
        if by_login or not by_role:
            yield cls(connection, role)
            return
        if is_pooled(connection):  # it would make the role that of somebody else's session
            raise ScratchError(
                f"no scratch database can be made: behind a pooler nobody can act as {role} for that",
                hint="Give the role of the url CREATEDB, or name the server's own url under [scratch]",
            )
        run(connection, f"SET ROLE {quote(role)}")
        try:
            yield cls(connection, role, acts=True)
        finally:
            if not connection.closed and not connection.invalidated:
                run(connection, "RESET ROLE")

    def query(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """The rows of a query."""
        return list(self.connection.exec_driver_sql(sql, parameters).all())

    def run(self, sql: str) -> None:
        """A statement as it stands."""
        run(self.connection, sql)

    def create(self, name: str, template: str) -> None:
        """Copy a database. Raises ScratchError where the server does not let us."""
        try:
            self.run(f"CREATE DATABASE {quote(name)} TEMPLATE {quote(template)} OWNER {quote(self.owner)}")
        except DBAPIError as error:
            raise ScratchError(
                f"no scratch database can be made: {connect.refused(error).message}", hint=_HINT
            ) from error

    def drop(self, name: str) -> None:
        """Drop a database, with the sessions that are on it. Raises DatabaseError.

        Those are of who has logged in, which a role may not end: the server waits some seconds for them.
        """
        try:
            self.run(f"DROP DATABASE IF EXISTS {quote(name)}{'' if self._acts else ' WITH (FORCE)'}")
        except DBAPIError as error:
            raise DatabaseError(
                f"the scratch database {name} cannot be dropped: {connect.refused(error).message}",
                hint=f"Drop it by hand: DROP DATABASE {quote(name)} WITH (FORCE)",
            ) from error
