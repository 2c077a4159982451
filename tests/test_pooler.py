"""Through PgBouncer in transaction mode: nothing is lost between two transactions, and nothing is left to others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from cucurbit.errors import DatabaseError
from tests.pooler import PROGRAM, pooler, url
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import run
from tests.test_attempts import reader
from tests.test_deployers import eight_at_once, execute, history, until
from tests.test_role import ENTITIES, MODELS, acting

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="there is no pgbouncer here")

# Of each session that the pooler has, in turn: a transaction keeps one, so as many open ones see all of them.
_SETTINGS = """
select current_user::text, current_setting('search_path'), current_setting('lock_timeout'),
       current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'),
       current_setting('timezone'), current_setting('check_function_bodies'), current_setting('jit')
"""
SIZE = 4


@pytest.fixture
def folder(server: Server) -> Iterator[str]:
    with pooler(server, size=SIZE) as folder:
        yield folder


def sessions(url: str) -> set[tuple[object, ...]]:
    """What other clients of the pooler find set, whichever session of the server they get."""
    with ExitStack() as stack:
        others = [stack.enter_context(psycopg.connect(url)) for _ in range(SIZE)]
        return {row for other in others for row in other.execute(_SETTINGS.encode())}


def test_of_eight_processes_through_a_pooler_one_works(tmp_path: Path, database: Database, folder: str) -> None:
    """With fewer sessions than processes: who waits holds none. And back again."""
    through = url(folder, database.name)
    project = Project(tmp_path, through, schema="shop")
    slow = execute("create table one as select pg_sleep(0.5)::text as waited, current_schema() as home")
    history(project, (slow, execute("drop table one")), (execute("create table two ()"), execute("drop table two")))
    database.execute(f"alter database {database.name} set search_path = elsewhere")
    fresh = sessions(through)
    eight_at_once(project, database, ledger="shop.cucurbit_ledger")
    assert database.execute("select home from shop.one") == [("shop",)]
    assert sessions(through) == fresh
    assert run(project, "migrate", "zero").code == 0
    assert sessions(through) == fresh


def test_an_owners_migrations_through_a_pooler(tmp_path: Path, database: Database, server: Server) -> None:
    """Entities, their states, stored views, and the script; the role is nobody else's after."""
    with acting(database) as (deploy, owner, app), pooler(server, deploy, size=SIZE) as folder:
        through = url(folder, database.name, deploy)
        project = Project(tmp_path, through, settings=f'role = "{owner}"\n[scratch]\nurl = "{server.url()}"\n')
        fresh = sessions(through)
        assert {row[0] for row in fresh} == {deploy}
        project.write({"app/models.py": MODELS, "app/entities/all.sql": ENTITIES.format(app=app)})
        project.make()
        script = run(project, "migrate", "--sql").out
        with psycopg.connect(through, autocommit=True) as connection:
            connection.execute(script.encode())
        assert set(project.states().values()) == {"applied"}
        answers = [
            run(project, *args.split()) for args in ("showentities --check", "refreshviews", "migrate zero", "migrate")
        ]
        assert [answer.code for answer in answers] == [0, 0, 0, 0], answers
        assert sessions(through) == fresh


def test_who_is_in_the_way_is_seen_through_a_pooler(tmp_path: Path, database: Database, folder: str) -> None:
    database.execute("create table orders ()")
    project = Project(
        tmp_path, url(folder, database.name), settings='[migrate]\nlock_timeout = "400ms"\nattempts = 1\n'
    )
    history(project, (execute("lock table orders"), "pass"))
    with reader(database):
        answer = run(project, "migrate")
    assert "Blocked by pid" in answer.err
    assert "application 'report'" in answer.err


def test_outside_of_transactions_a_pooler_keeps_nothing(tmp_path: Path, database: Database, folder: str) -> None:
    """Where a session's own defaults do, it works; where they do not, it is refused and not done elsewhere."""
    block = f"with op.get_context().autocommit_block(): {execute('create table one ()')}"
    through = url(folder, database.name)
    fresh = sessions(through)
    public = Project(tmp_path / "public", through)
    shop = Project(tmp_path / "shop", through, schema="shop")
    for project in (public, shop):
        history(project, (block, execute("drop table if exists one")))
    assert public.migrate() == 1
    public.migrate("zero")
    with pytest.raises(DatabaseError, match="would lose the schema shop"):
        shop.migrate()
    assert database.execute("select relname from pg_class where relname = 'one'") == []
    assert sessions(through) == fresh


def test_a_pooler_that_starts_anew_stops_the_migration(tmp_path: Path, database: Database, server: Server) -> None:
    with pooler(server) as folder:
        project = Project(tmp_path, url(folder, database.name))
        history(project, (execute("select pg_sleep(600)"), "pass"))
        process = project.start("migrate")
        until(database, "select exists (select from pg_stat_activity where query = 'select pg_sleep(600)')")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Error: " in err
    assert "Traceback" not in out + err
    assert database.execute("select count(*) from cucurbit_ledger") == [(0,)]
