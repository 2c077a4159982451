"""One deployer: of all processes that migrate a database at once one does, and the others wait, or give up."""

from __future__ import annotations

import signal
import subprocess
import time
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command as alembic
from alembic.config import Config
from alembic.util import CommandError

from cucurbit.actions import migrate
from cucurbit.database.lock import locked
from cucurbit.errors import LockedError
from cucurbit.project.settings import load
from tests.project import ROOT, Project
from tests.servers import Database
from tests.shell import run

PROCESSES = 8

REVISION = """
from alembic import op

revision = {name!r}
down_revision = {before!r}


def upgrade():
    {upgrade}


def downgrade():
    {downgrade}
"""


def history(project: Project, *statements: tuple[str, str]) -> None:
    """Revisions 0001, 0002 … of these statements, up and down."""
    names = [f"{number:04}" for number in range(1, len(statements) + 1)]
    for name, before, (up, down) in zip(names, [None, *names], statements, strict=False):
        text = REVISION.format(name=name, before=before, upgrade=up, downgrade=down)
        project.write({f"migrations/versions/{name}.py": text})


def execute(sql: str) -> str:
    return f"op.execute({sql!r})"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """With two revisions to run, the first of which takes its time."""
    project = Project(tmp_path, database.url)
    slow = execute("create table one as select pg_sleep(0.5)::text as waited")
    history(project, (slow, execute("drop table one")), (execute("create table two ()"), execute("drop table two")))
    return project


@contextmanager
def held(project: Project) -> Iterator[None]:
    """A block in which a process, this one, migrates the database."""
    with project.at_work() as settings, locked(settings):
        yield


@contextmanager
def started(project: Project, *args: str) -> Iterator[subprocess.Popen[str]]:
    """`manage.py …` in a process that runs beside this one, killed at the end of the block."""
    with project.start(*args) as process:
        try:
            yield process
        finally:
            process.kill()


def until(database: Database, query: str, *, seconds: float = 60) -> None:
    """Wait until a query of one boolean is true."""
    deadline = time.monotonic() + seconds
    with psycopg.connect(database.url, autocommit=True) as connection:
        while connection.execute(query.encode()).fetchone() != (True,):
            assert time.monotonic() < deadline, query
            time.sleep(0.02)


def rows(database: Database, ledger: str = "cucurbit_ledger") -> list[tuple[str, str, int]]:
    """Which revisions the ledger has, what was done, and how often."""
    found = database.execute(f"select revision, action, count(*) from {ledger} group by 1, 2 order by 1, 2")
    return [(str(revision), str(action), int(count)) for revision, action, count in found]


ONCE = [("0001", "apply", 1), ("0002", "apply", 1)]


def eight_at_once(project: Project, database: Database, ledger: str = "cucurbit_ledger") -> None:
    """Eight processes migrate: one works, seven find nothing to do."""
    with ExitStack() as stack:
        processes = [stack.enter_context(started(project, "migrate")) for _ in range(PROCESSES)]
        answers = [(*process.communicate(timeout=240), process.returncode) for process in processes]
    assert [code for *_, code in answers] == [0] * PROCESSES, answers
    assert sum("Applying 0001... OK" in out for out, *_ in answers) == 1
    assert sum("Applying 0002... OK" in out for out, *_ in answers) == 1
    assert sum("No migrations to apply." in out for out, *_ in answers) == PROCESSES - 1
    assert rows(database, ledger) == ONCE


def test_of_eight_processes_one_works(project: Project, database: Database) -> None:
    eight_at_once(project, database)


def test_who_waits_says_for_whom_and_gives_up(project: Project, database: Database) -> None:
    """At once with `--wait 0`, where it is said in the error; else on standard error."""
    with held(project):
        at_once = run(project, "migrate", "--wait", "0")
        later = run(project, "migrate", "--wait", "0.3")
        faked = run(project, "migrate", "--fake", "--wait", "0")
    assert at_once.code == later.code == faked.code == 1
    assert later.err.count("Waiting for another process that migrates this database: pid ") == 1
    for answer in (at_once, later, faked):
        assert answer.out == ""
        assert "Error: another process migrates this database: pid " in answer.err
        assert "role postgres, application 'cucurbit tests" in answer.err
        assert "select pg_terminate_backend(" in answer.err
    assert database.execute("select to_regclass('cucurbit_ledger')") == [(None,)]


def test_looking_waits_for_nobody(project: Project) -> None:
    with held(project):
        codes = [run(project, *args.split()).code for args in ("migrate --plan", "migrate --sql", "showmigrations")]
    assert codes == [0, 0, 0]


def test_other_ledgers_have_other_locks(project: Project, database: Database, tmp_path: Path) -> None:
    other = Project(tmp_path / "other", database.url, settings='[ledger]\ntable = "other"\n')
    with held(project), other.at_work() as settings:
        assert migrate.migrate(settings, wait=0) == 0


def test_a_killed_process_leaves_nothing(project: Project, database: Database) -> None:
    """Neither its lock nor, where the server looks after it, the statement that it was in the middle of."""
    database.execute(f"alter database {database.name} set client_connection_check_interval = '200ms'")
    history(project, (execute("select pg_sleep(600)"), "pass"))
    with started(project, "migrate") as process:
        until(database, "select exists (select from pg_stat_activity where query = 'select pg_sleep(600)')")
        process.send_signal(signal.SIGKILL)
        process.wait()
    history(project, (execute("create table one ()"), "pass"))
    until(database, "select not exists (select from pg_stat_activity where query = 'select pg_sleep(600)')")
    assert project.migrate(wait=30) == 2
    assert rows(database) == ONCE


@pytest.mark.servers("18", "15")
def test_an_index_can_be_made_concurrently_while_somebody_waits(tmp_path: Path, database: Database) -> None:
    """By the migration, in autocommit, and by somebody else: neither waits for those who wait for the lock."""
    project = Project(tmp_path, database.url)
    database.execute("create table orders (id integer)")
    database.execute(f"alter database {database.name} set statement_timeout = '60s'")
    concurrently = "create index concurrently {} on orders (id)"
    block = f"with op.get_context().autocommit_block(): {execute(concurrently.format('ours'))}"
    history(project, (block, "pass"))
    with ThreadPoolExecutor() as threads, project.at_work() as settings:
        with locked(settings):
            waiting = [threads.submit(migrate.migrate, settings, wait=60) for _ in range(3)]
            time.sleep(0.3)
            database.execute(concurrently.format("theirs"))
        assert sorted(future.result(timeout=60) for future in waiting) == [0, 0, 1]
    indexes = database.execute(
        "select relname from pg_class join pg_index on indexrelid = oid where indisvalid"
        " and indrelid = 'orders'::regclass order by 1"
    )
    assert indexes == [("ours",), ("theirs",)]


def test_a_lock_that_is_lost_stops_the_migration(project: Project, database: Database) -> None:
    """Before the commit of the revision that runs: it is rolled back, and the next does not begin."""
    lost = "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'"
    lost += " and database = (select oid from pg_database where datname = current_database())"
    history(project, (execute("create table one ()"), "pass"), (f"op.execute({lost!r})", "pass"))
    with pytest.raises(LockedError, match="the lock that keeps others from migrating was lost"):
        project.migrate()
    assert rows(database) == ONCE[:1]
    history(project, (execute("create table one ()"), "pass"), ("pass", "pass"))
    assert project.migrate() == 1


def test_alembic_takes_the_lock_too(project: Project, database: Database) -> None:
    """With `-x wait=0`; where it only looks it waits for nobody."""
    project.write({"pyproject.toml": (ROOT / "pyproject.toml").read_text()})
    with project.at_work():
        config = Config(toml_file=str(project.path / "pyproject.toml"))
        with locked(load(project.path)):
            config.cmd_opts = Namespace(x=["wait=0"], cmd=(alembic.upgrade,))
            with pytest.raises(CommandError, match="another process migrates this database: pid"):
                alembic.upgrade(config, "head")
            config.cmd_opts = Namespace(x=None, cmd=(alembic.current,))
            alembic.current(config)
        assert database.execute("select to_regclass('cucurbit_ledger')") == [(None,)]
        config.cmd_opts = None
        alembic.upgrade(config, "head")
    assert rows(database) == ONCE
