"""What another session commits while a migration sets things aside is not lost: it waits, is refused, or stays.

Both ways round: the other session has something open when the migration comes, and the migration stands in the middle
when the other session comes. Nothing is stopped by a trick: the one waits for the other's locks, or for a file.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cucurbit.errors import MigrationError
from tests.project import Project
from tests.servers import Database

MODELS = (Path(__file__).parent / "cases/items.py").read_text(encoding="utf-8")
OURS = """
create view ours as select id, amount from items;
create view steady as select id from items where amount > 0;
create function worth(n integer) returns integer language sql as 'select 1';
"""
BY_HAND = """
create view theirs as select id, amount from ours;
create function reads() returns bigint language sql begin atomic select count(*) from items where amount > 1; end;
"""

# What the other session does, and a query that is true of each part that is still there.
DONE = {
    "marks": (
        """
        grant select on theirs to pg_monitor;
        revoke delete on theirs from postgres;
        grant update (amount) on ours to pg_monitor;
        grant select on steady to pg_monitor;
        comment on view theirs is 'new';
        """,
        """
        select has_table_privilege('pg_monitor', 'theirs', 'select'),
               relacl::text !~ 'postgres=[^/]*d',
               has_column_privilege('pg_monitor', 'ours', 'amount', 'update'),
               has_table_privilege('pg_monitor', 'steady', 'select'),
               coalesce(obj_description(oid) = 'new', false)
          from pg_class where relname = 'theirs'
        """,
    ),
    "grant on a function": (
        "grant execute on function reads() to pg_monitor with grant option",
        "select has_function_privilege('pg_monitor', 'reads()', 'execute with grant option')",
    ),
    "owner": (
        "alter view theirs owner to pg_monitor",
        "select relowner = 'pg_monitor'::regrole from pg_class where relname = 'theirs'",
    ),
    "view": (
        "create or replace view theirs as select id, amount from ours where amount > 99",
        "select pg_get_viewdef('theirs'::regclass) ~ '99'",
    ),
    "function": (
        "create or replace function reads() returns bigint language sql"
        " begin atomic select count(*) from items where amount > 99; end",
        "select pg_get_functiondef('reads()'::regprocedure) ~ '99'",
    ),
    "dependant": ("create view more as select amount from theirs", "select to_regclass('more') is not null"),
}

pytestmark = pytest.mark.servers("18", "14")
deeds = pytest.mark.parametrize(("deed", "is_there"), DONE.values(), ids=DONE)


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A table with views of ours and of somebody else, and a migration that waits to be run: a column's new type."""
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/entities/all.sql": OURS})
    project.make()
    project.migrate()
    database.execute(BY_HAND)
    project.write({"app/models.py": MODELS.replace("sa.Integer", "sa.BigInteger")})
    project.make()
    return project


@deeds
def test_what_was_begun_before_the_migration_is_there_after_it(
    project: Project, database: Database, deed: str, is_there: str
) -> None:
    with ThreadPoolExecutor() as threads, psycopg.connect(database.url) as other:
        other.execute(deed.encode())
        migration = threads.submit(project.manage, "migrate")
        _until(lambda: _waits(database) or migration.done())
        other.commit()
        answer = migration.result()
    _is_kept(project, database, answer, is_there)


@deeds
def test_what_is_done_in_the_middle_of_the_migration_is_refused_or_there(
    project: Project, database: Database, deed: str, is_there: str
) -> None:
    _stops_in_the_middle(project)
    with ThreadPoolExecutor() as threads:
        migration = threads.submit(project.manage, "migrate")
        _until(lambda: (project.path / "reached").exists() or migration.done())
        other = threads.submit(database.execute, deed)
        _until(lambda: _waits(database) or other.done())
        (project.path / "go").touch()
        answer = migration.result()
        refused = other.exception()
    if refused is None:
        _is_kept(project, database, answer, is_there)
    else:
        assert isinstance(refused, psycopg.Error)
        assert answer.returncode == 0, answer.stderr


def test_a_temporary_view_of_another_session_is_named(project: Project, database: Database) -> None:
    """It is theirs alone: nobody else can make it again."""
    with psycopg.connect(database.url, autocommit=True) as other:
        other.execute("create temporary view passing as select amount from items")
        with pytest.raises(MigrationError, match="passing"):
            project.migrate()
        assert other.execute("select * from passing").fetchall() == []


def _is_kept(project: Project, database: Database, answer: subprocess.CompletedProcess[str], is_there: str) -> None:
    """A migration that failed for it, with words, can be run again."""
    kept = [(True,) * len(database.execute(is_there)[0])]
    if answer.returncode != 0:
        assert answer.stderr.strip()
        assert database.execute(is_there) == kept
        project.migrate()
    assert database.execute(is_there) == kept
    assert database.execute("select atttypid::regtype::text from pg_attribute"
                            " where attrelid = 'theirs'::regclass and attname = 'amount'") == [("bigint",)]  # fmt: skip


def _stops_in_the_middle(project: Project) -> None:
    """The revision says when it has set aside what is in its way, and goes on when it is told to."""
    path = project.revisions[-1]
    text = path.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if "op.alter_column(" in line)
    indent = line[: len(line) - len(line.lstrip())]
    stop = (
        "import pathlib, time; pathlib.Path('reached').touch();"
        " all(time.sleep(0.01) is None for _ in iter(pathlib.Path('go').exists, True))"
    )
    path.write_text(text.replace(line, f"{indent}{stop}\n{line}", 1), encoding="utf-8")


def _waits(database: Database) -> bool:
    """Whether a session waits for another one's lock."""
    sql = "select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    return bool(database.execute(sql))


def _until(condition: Callable[[], Any], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.02)
