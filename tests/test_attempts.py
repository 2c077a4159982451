"""Polite locks: a migration that somebody is in the way of lets others pass, and comes again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from cucurbit.errors import LockedError, MigrationError
from tests.project import Heard, Project
from tests.servers import Database
from tests.shell import contents, role, run, url_of
from tests.test_deployers import ONCE, execute, history, rows, until

SETTINGS = '[migrate]\nlock_timeout = "{}"\nattempts = {}\n'
OURS = "database = (select oid from pg_database where datname = current_database())"  # other tests run beside these
WAITS = f"select exists (select from pg_locks where not granted and mode = 'AccessExclusiveLock' and {OURS})"
ENTITIES = (
    "create view ours as select id from orders;\ncreate materialized view sums as select count(*) as n from ours;"
)


def project_of(tmp_path: Path, database: Database, timeout: str = "300ms", attempts: int = 8) -> Project:
    """Views on a table; the next migration changes one of them, and adds a column to the table."""
    project = Project(tmp_path, database.url, settings=SETTINGS.format(timeout, attempts))
    history(project, (execute("create table orders (id integer)"), execute("drop table orders")))
    project.write({"app/entities/all.sql": ENTITIES})
    project.make()
    project.migrate()
    project.write({"app/entities/all.sql": ENTITIES.replace("select id", "select id + 1 as id")})
    project.make("changed")
    file = project.revisions[-1]
    text = file.read_text()
    file.write_text(
        text.replace(
            "def upgrade() -> None:\n",
            "def upgrade() -> None:\n    op.execute('alter table orders add column note text')\n",
            1,
        )
    )
    assert "alter table" in file.read_text()
    return project


@contextmanager
def reader(database: Database, query: str = "select count(*) from orders") -> Iterator[psycopg.Connection]:
    """Somebody who has read, and has not ended the transaction."""
    with psycopg.connect(database.url, application_name="report") as connection:
        connection.execute(query.encode())
        yield connection


@contextmanager
def migrating(project: Project, heard: Heard) -> Iterator[Future[int]]:
    """The migration, running beside the block."""
    with ThreadPoolExecutor() as threads, project.at_work():
        yield threads.submit(project.migrate, reporter=heard)


def test_others_read_while_a_migration_waits(tmp_path: Path, database: Database) -> None:
    """Behind the migration in the queue a reader waits for no longer than lock_timeout; then it passes."""
    project = project_of(tmp_path, database)
    heard = Heard()
    with migrating(project, heard) as migration, psycopg.connect(database.url, autocommit=True) as other:
        with reader(database, "select /* p */ count(*) from orders where id = 4711") as blocker:
            until(database, WAITS)
            began = time.monotonic()
            other.execute("select count(*) from orders")
            waited = time.monotonic() - began
            while not heard.waited:
                time.sleep(0.01)
            pid = blocker.info.backend_pid
        assert migration.result(timeout=60) == 1
    assert waited < 2, "it waited for the reader, and not for the migration's patience"
    assert f"pid {pid}, role postgres, application 'report', since " in heard.waited[0]
    assert "(idle in transaction: select /* p */ count(*) from orders where id = 4711)" in heard.waited[0]
    assert heard.waited[0].startswith("0003: canceling statement due to lock timeout. Blocked by ")
    assert "Attempt 1 of 8; the next in 0." in heard.waited[0]
    assert (
        database.execute(
            "select * from cucurbit_ledger a join cucurbit_ledger b using (revision, kind, identity, action)"
            " where a.id < b.id"
        )
        == []
    )
    assert set(project.states().values()) == {"applied"}


def test_after_the_last_attempt_all_is_as_it_was(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, "50ms", 2)
    before = contents(database)
    with reader(database):
        answer = run(project, "migrate")
    assert answer.code == 1
    assert contents(database) == before
    assert answer.out.endswith("Applying 0003... FAILED\n")
    assert answer.err.count("Attempt 1 of 2") == 1
    assert "in revision 0003: canceling statement due to lock timeout" in answer.err
    for part in ("alter table orders", "Blocked by pid ", "'report'", "attempted 2 times", "pg_terminate_backend(PID)"):
        assert part in answer.err.split("Error: ")[1]
    assert run(project, "migrate").code == 0


def test_the_servers_own_questions_are_no_answer(tmp_path: Path, database: Database) -> None:
    """A view that is locked can still be replaced in place: it is not made anew for want of a lock."""
    project = project_of(tmp_path, database, "50ms", 8)
    (oid,) = database.execute("select 'ours'::regclass::oid")
    file = project.revisions[-1]
    file.write_text("\n".join(line for line in file.read_text().splitlines() if "alter table" not in line) + "\n")
    heard = Heard()
    with migrating(project, heard) as migration:
        with reader(database, "select * from ours"):
            while not heard.waited:
                time.sleep(0.01)
        assert migration.result(timeout=60) == 1
    assert database.execute("select 'ours'::regclass::oid") == [oid]


def test_a_secret_in_the_way_is_masked(tmp_path: Path, database: Database) -> None:
    project = project_of(tmp_path, database, "50ms", 1)
    secret = "select count(*), 'host=db password=hunter2' from orders"
    with reader(database, secret):
        answer = run(project, "migrate")
    assert "Blocked by" in answer.err
    assert "hunter2" not in answer.text


def test_a_role_that_sees_no_queries_is_told_the_rest(tmp_path: Path, database: Database) -> None:
    with role(database) as name:
        database.execute(f"grant all on schema public to {name}; grant create on database {database.name} to {name}")
        project = Project(tmp_path, url_of(database, name), settings=SETTINGS.format("50ms", 1))
        history(project, (execute("create table one ()"), "pass"), (execute("drop table one"), "pass"))
        project.migrate("0001")
        with reader(database, "select count(*) from one"):
            answer = run(project, "migrate")
    assert "role postgres, application 'report'" in answer.err
    assert "insufficient" not in answer.err


def test_a_deadlock_is_tried_again(tmp_path: Path, database: Database) -> None:
    """The server ends one of the two, and that may be the migration."""
    database.execute(f"alter database {database.name} set deadlock_timeout = '50ms'")
    database.execute("create table one (); create table two ()")
    project = Project(tmp_path, database.url, settings=SETTINGS.format("0", 8))
    locks = f"{execute('lock table one')}; {execute('select pg_sleep(0.5)')}; {execute('lock table two')}"
    history(project, (locks, "pass"), ("pass", "pass"))
    heard = Heard()
    with migrating(project, heard) as migration:
        with psycopg.connect(database.url) as other:
            other.execute("set deadlock_timeout = '60s'")  # this one does not look
            other.execute("lock table two")
            until(database, "select exists (select from pg_locks where relation = 'one'::regclass)")
            other.execute("lock table one")
        assert migration.result(timeout=60) == 2
    assert "deadlock detected" in heard.waited[0]
    assert rows(database) == ONCE


def test_the_revisions_own_limit_wins(tmp_path: Path, database: Database) -> None:
    database.execute("create table orders ()")
    project = Project(tmp_path, database.url, settings=SETTINGS.format("60s", 1))
    history(project, (f"{execute('set local lock_timeout = 10')}; {execute('lock table orders')}", "pass"))
    began = time.monotonic()
    with reader(database), pytest.raises(MigrationError, match="lock timeout"):
        project.migrate()
    assert time.monotonic() - began < 30


def test_what_has_committed_is_not_run_again(tmp_path: Path, database: Database) -> None:
    database.execute("create table orders ()")
    project = Project(tmp_path, database.url, settings=SETTINGS.format("50ms", 8))
    block = f"with op.get_context().autocommit_block(): {execute('create table one ()')}"
    history(project, (f"\n    {block}\n    {execute('lock table orders')}", "pass"))
    heard = Heard()
    with reader(database), pytest.raises(MigrationError, match="lock timeout"):
        project.migrate(reporter=heard)
    assert heard.waited == []


def test_settings_of_a_session_are_as_they_were(tmp_path: Path, database: Database) -> None:
    """An autocommit block has the pins as well; `lock_timeout` is the transactions' alone."""
    database.execute("create table seen (place text, path text, zone text, timeout text)")
    note = "insert into seen values ('{}', current_setting('search_path'), current_setting('timezone'),"
    note += " current_setting('lock_timeout'))"
    project = Project(tmp_path, database.url, settings=SETTINGS.format("7s", 1))
    inside, outside = execute(note.format("inside")), execute(note.format("outside"))
    block = f"with op.get_context().autocommit_block(): {outside}"
    history(project, (f"\n    {block}\n    {inside}", "pass"))
    database.execute(f"alter database {database.name} set timezone = 'Asia/Tokyo'")
    assert project.migrate() == 1
    assert database.execute("select * from seen order by place") == [
        ("inside", "public", "UTC", "7s"),
        ("outside", "public", "UTC", "0"),
    ]


def test_who_waits_without_end_says_for_whom(
    tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cucurbit.database.watcher._PAUSE", 0.05)
    monkeypatch.setattr("cucurbit.database.watcher._AGAIN", 0.1)
    database.execute("create table orders ()")
    project = Project(tmp_path, database.url, settings=SETTINGS.format("0", 1))
    history(project, (execute("lock table orders"), "pass"))
    heard = Heard()
    with migrating(project, heard) as migration:
        with reader(database):
            while len(heard.waited) < 2:
                time.sleep(0.01)
        assert migration.result(timeout=60) == 1
    assert all(text.startswith("A statement waits for a lock. Blocked by pid ") for text in heard.waited)


def test_a_lock_that_is_lost_while_somebody_is_in_the_way(tmp_path: Path, database: Database) -> None:
    """The watcher, which uses its connection, notices it first, and keeps that to itself."""
    database.execute("create table orders ()")
    project = Project(tmp_path, database.url, settings=SETTINGS.format("500ms", 8))
    history(project, (execute("lock table orders"), "pass"))
    heard = Heard()
    with migrating(project, heard) as migration, reader(database):
        until(database, WAITS)
        database.execute(f"select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and {OURS}")
        with pytest.raises(LockedError, match="the lock that keeps others from migrating was lost"):
            migration.result(timeout=60)
