"""Crashes: a migration whose process, or whose server, is killed at a boundary between two of its statements.

A boundary is the moment before a statement is sent, before COMMIT, or after it. The process that is killed is a copy of
this one, so nothing has to be imported again; the server is one of its own, whose processes are killed all at once
while many copies wait, each at its boundary.
"""

from __future__ import annotations

import gc
import os
import re
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cucurbit.actions import migrate
from cucurbit.errors import CucurbitError
from tests import servers
from tests.project import Project
from tests.servers import Server

REFUSED, FAILED = 3, 4
"""How a copy ends whose migration raises: an error of ours, or any other."""

_READS = re.compile(r"\s*(select|with|show|set|savepoint|release)\b", re.IGNORECASE)
_DURABLE = (
    "synchronous_commit = on\nfull_page_writes = on\nmax_connections = 200\n"  # what is written outlives processes
)


# -- a server that may be killed ---------------------------------------------------------------------------------------


@contextmanager
def mortal_server() -> Iterator[Server]:
    """A server of its own; deleted at the end."""
    run = Path(os.environ[servers._RUN])
    server = Server(servers.NEWEST, servers.binaries(servers.NEWEST), run / f"mortal_{os.getpid()}")
    programs = servers._runnable(server.bin, run)
    options = ("--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
    servers._run(programs / "initdb", *options, f"--pgdata={server.directory}", cwd=run)
    with (server.directory / "postgresql.conf").open("a") as configuration:
        configuration.write(servers._CONFIGURATION.format(directory=server.directory) + _DURABLE)
    start(server)
    try:
        yield server
    finally:
        kill(server)
        shutil.rmtree(server.directory)


def start(server: Server) -> None:
    """Start it, after a crash too: it recovers what was committed."""
    run = server.directory.parent
    log = server.directory / "log"
    programs = servers._runnable(server.bin, run)
    servers._run(programs / "pg_ctl", "start", "--wait", f"--pgdata={server.directory}", f"--log={log}", cwd=run)


def kill(server: Server) -> None:
    """SIGKILL to all of its processes."""
    file = server.directory / "postmaster.pid"
    if not file.exists():
        return
    postmaster = int(file.read_text().split()[0])
    os.kill(postmaster, signal.SIGSTOP)  # it starts nothing more
    family = [postmaster, *_children(postmaster)]
    for process in family:
        os.kill(process, signal.SIGKILL)
    while any(_is_alive(process) for process in family):
        time.sleep(0.005)
    for lock in ("postmaster.pid", ".s.PGSQL.5432.lock"):  # it would look for its process, of which init may know still
        (server.directory / lock).unlink(missing_ok=True)


def _children(parent: int) -> Iterator[int]:
    """Not by /proc/…/children, which may leave some out while others end."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if stat.read_text().rpartition(")")[2].split()[1] == str(parent):
                yield int(stat.parent.name)


def _is_alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# -- boundaries --------------------------------------------------------------------------------------------------------


@contextmanager
def boundaries(reached: Callable[[], object]) -> Iterator[None]:
    """A block in which this is called at every boundary; none is before a query, which changes nothing."""
    execute: Any = psycopg.Cursor.execute
    commit = psycopg.Connection.commit

    def at_statement(self: Any, query: Any, *arguments: Any, **options: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else query if isinstance(query, str) else query.as_string()
        if not _READS.match(text):
            reached()
        return execute(self, query, *arguments, **options)

    def at_commit(self: Any) -> None:
        if self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            commit(self)
            return
        reached()
        commit(self)
        reached()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", at_statement)
        patch.setattr(psycopg.Connection, "commit", at_commit)
        yield


@dataclass
class At:
    """Does something at the boundary of a number, counted from 1."""

    number: int
    do: Callable[[], object]
    reached: int = 0

    def __call__(self) -> None:
        self.reached += 1
        if self.reached == self.number:
            self.do()


# -- copies of this process --------------------------------------------------------------------------------------------


def copy_that(does: Callable[[], object]) -> int:
    """The id of a process that does this, and nothing else; it says nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of other threads: those of pytest-xdist, which only read
        gc.freeze()  # what the copy does not collect is not copied
        process = os.fork()
    if process:
        gc.unfreeze()
        return process
    code = FAILED
    try:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        does()
        code = 0
    except CucurbitError:
        code = REFUSED
    finally:
        os._exit(code)


def was_killed(process: int) -> bool:
    """Whether a copy, which has ended, was killed."""
    _, status = os.waitpid(process, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def exit_code(process: int) -> int:
    """How a copy has ended."""
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


@dataclass(frozen=True)
class Waiter:
    """A copy that waits at a boundary until it is let go."""

    process: int
    there: int
    go: int

    @classmethod
    def at(cls, number: int, work: Callable[[], object]) -> Waiter:
        """A copy that does this work, and waits at the boundary of that number."""
        there, tell = os.pipe()
        wait, go = os.pipe()

        def stop() -> None:
            os.write(tell, b".")
            os.read(wait, 1)

        def does() -> None:
            with boundaries(At(number, stop)):
                work()

        process = copy_that(does)
        os.close(tell)
        os.close(wait)
        return cls(process, there, go)

    def arrive(self) -> bool:
        """Wait until it is there; False if it ended before."""
        arrived = os.read(self.there, 1) == b"."
        os.close(self.there)
        return arrived

    def release(self) -> int:
        """Let it go on; how it ends."""
        os.write(self.go, b".")  # not closed: later copies have it as well
        os.close(self.go)
        return exit_code(self.process)


# -- databases ---------------------------------------------------------------------------------------------------------


def copy_database(server: Server, template: str, name: str) -> None:
    """A new database like another one, in the place of any of that name."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f'drop database if exists "{name}" with (force)'.encode())
        connection.execute(f'create database "{name}" template "{template}" strategy file_copy'.encode())


def drop_databases(server: Server, names: Sequence[str]) -> None:
    """Drop them."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        for name in names:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())


def run(project: Project, url: str, target: str | None, *, fake: bool = False) -> None:
    """`migrate` of a project on a database of that URL."""
    with project.at_work() as settings:
        databases = {"default": settings.database("default").model_copy(update={"url": url})}
        there = settings.model_copy(update={"databases": databases})
        object.__setattr__(there, "_root", settings.root)
        migrate.migrate(there, target, fake=fake)


_LEFT = """
select 'session ' || pid || ' ' || left(query, 60) from pg_stat_activity
 where datname = current_database() and pid <> pg_backend_pid()
union all select 'lock ' || l.locktype || ' ' || l.objid::text from pg_locks l join pg_database d on d.oid = l.database
 where d.datname = current_database() and l.locktype = 'advisory'
union all select 'prepared ' || gid from pg_prepared_xacts where database = current_database()
union all select 'index ' || indexrelid::regclass::text from pg_index where not indisvalid
union all select 'relation ' || oid::regclass::text from pg_class where relname ~ 'cucurbit__'
union all select 'type ' || oid::regtype::text from pg_type where typname ~ 'cucurbit__'
union all select 'temporary ' || relname from pg_class where relpersistence = 't'
"""

_CATALOGS = """
select row('class', c.relname, c.relkind, c.relacl, c.relispopulated, c.reloptions, c.relowner::regrole,
           case when c.relkind in ('v', 'm') then pg_get_viewdef(c.oid) end, pg_get_indexdef(i.indexrelid))::text
  from pg_class c left join pg_index i on i.indexrelid = c.oid where c.relnamespace = 'public'::regnamespace
union all
select row('column', c.relname, a.attname, a.atttypid::regtype, a.atttypmod, a.attnotnull, a.attacl, a.attidentity,
           pg_get_expr(d.adbin, d.adrelid), a.attstattarget)::text
  from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relnamespace = 'public'::regnamespace
  left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum where a.attnum > 0 and not a.attisdropped
union all
select row('constraint', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated)::text
  from pg_constraint k where k.connamespace = 'public'::regnamespace
union all
select row('routine', p.oid::regprocedure, p.proacl, pg_get_functiondef(p.oid))::text
  from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select row('trigger', t.tgrelid::regclass, t.tgname, pg_get_triggerdef(t.oid), t.tgenabled)::text
  from pg_trigger t where not t.tgisinternal
union all
select row('label', e.enumtypid::regtype, e.enumlabel,
           row_number() over (partition by e.enumtypid order by e.enumsortorder))::text from pg_enum e
union all
select row('comment', pg_describe_object(classoid, objoid, objsubid), description)::text
  from pg_description where objoid >= 16384
"""

_LEDGER = "project, revision, action, kind, identity, schema, hash, sql, catalog_hash, server_version, applied_by"


def left_behind(url: str) -> list[str]:
    """What nobody wants: sessions that stay, locks, broken indexes, objects of our own. Sessions get time to end."""
    deadline = time.monotonic() + 10
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            found = [str(row[0]) for row in connection.execute(_LEFT.encode())]
            if not any(item.startswith(("session", "lock")) for item in found) or time.monotonic() > deadline:
                return found
            time.sleep(0.01)


def state(url: str) -> dict[str, list[Any]]:
    """All that a database is: its catalogs, its rows, the ledger without its times and numbers."""
    with psycopg.connect(url, autocommit=True) as connection:
        found: dict[str, list[Any]] = {"catalogs": sorted(connection.execute(_CATALOGS.encode()))}
        stored = connection.execute(
            "select relname from pg_class where relkind in ('r', 'm') and relispopulated"
            " and relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (name,) in stored:
            if name == "cucurbit_ledger":
                found[name] = connection.execute(
                    f"select {_LEDGER} from cucurbit_ledger order by id".encode()
                ).fetchall()
            else:
                found[name] = connection.execute(f'select t::text from "{name}" t order by 1'.encode()).fetchall()
    return found
