"""`migrate --sql`: the script does what a run does, and where a revision fails it does nothing from there on."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from cucurbit.actions import migrate
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database, Server, new_database

OURS = ("cucurbit_ledger*", "alembic_version")

MODELS = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(String(10), server_default=":new or 'it'")
"""

# Every statement that can end in a comment does.
SQL = """
create type size as enum ('s', 'm') -- and no more
;
create function twice(n integer) returns integer language sql as 'select n * 2 -- twice' -- as it says
;
create view numbers as select n, '100% :sure' as text from generate_series(1, 3) n -- three; of them
;
create trigger touch before update on orders for each row execute function suppress_redundant_updates_trigger() -- all
;
create unique index totals_n on totals (n) -- one each
"""
PYTHON = """
from cucurbit import MaterializedView, View

totals = MaterializedView("totals", "select twice(n) as n from numbers -- not a table")
again = View("again", "select n from totals -- the end /* or not")
"""
CHANGED_SQL = SQL.replace("'m')", "'m', 'l')").replace("three; of them", "all").replace("(1, 3)", "(1, 4)")
CHANGED_PYTHON = PYTHON.replace("select n from totals", "select n::text from totals")

PLACES = """
create materialized view one as select 1 as n;
create unique index one_n on one (n);
create materialized view three as select 3 as n;
create view readers as select n from one;
"""

LEDGER = "project, revision, action, kind, identity, schema, hash, sql, catalog_hash, server_version"


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Path:
    """A project with three revisions: one that makes everything, one that changes it, and a view more."""
    project = Project(tmp_path_factory.mktemp("history"), server.url())
    project.write({"app/models.py": MODELS, "app/entities/all.sql": SQL, "app/entities/more.py": PYTHON})
    project.make("all")
    project.write({"app/entities/all.sql": CHANGED_SQL, "app/entities/more.py": CHANGED_PYTHON})
    project.make("changes")
    project.write({"app/entities/last.sql": "create view last as select 1 as n -- the last"})
    project.make("last")
    return project.path


@pytest.fixture
def project(tmp_path: Path, database: Database, history: Path) -> Project:
    """The same for a database where nothing of it is applied."""
    project = Project(tmp_path, database.url)
    for folder in ("app", "migrations"):
        shutil.copytree(history / folder, tmp_path / folder, dirs_exist_ok=True)
    return project


@pytest.fixture
def other(server: Server) -> Iterator[Database]:
    """A second empty database."""
    with new_database(server) as database:
        yield database


def script(project: Project, target: str, **options: Any) -> str:
    """What `migrate --sql` writes."""
    output = StringIO()
    with project.at_work() as settings:
        migrate.sql(settings, target, output, **options)
    return output.getvalue()


def psql(database: Database, text: str) -> str:
    """Run a script as a user does who passes no options; returns what psql complains of."""
    done = subprocess.run(
        [database.server.bin / "psql", "--no-psqlrc", "--quiet", "--dbname", database.url],
        input=text,
        check=True,  # it goes on after an error, and ends well
        capture_output=True,
        encoding="utf-8",
    )
    return "\n".join(line for line in done.stderr.splitlines() if "ERROR" in line)


def ledger(database: Database) -> list[tuple[Any, ...]]:
    return database.execute(f"select {LEDGER} from cucurbit_ledger order by id")


def version(database: Database) -> list[str]:
    if database.execute("select to_regclass('alembic_version')") == [(None,)]:
        return []
    return [name for (name,) in database.execute("select version_num from alembic_version")]


def applied(database: Database) -> list[str]:
    """The revisions that the ledger has as applied, the oldest first."""
    rows = database.execute("select action, identity from cucurbit_ledger where kind = 'revision' order by id")
    assert {action for action, _ in rows} <= {"apply"}
    return [name for _, name in rows]


def test_the_script_leads_where_migrate_leads(project: Project, database: Database, other: Database) -> None:
    """Up, up and down again, with entities that end in comments."""
    ways = [("base:0001_all", "0001"), ("0001_all:head", None), ("0003_last:0002_changes", "-1")]
    for way, target in ways:
        project.migrate(target)
        assert psql(other, script(project, way)) == ""
        assert difference(dump(database), dump(other)) == ""
        assert ledger(other) == ledger(database)
        assert version(other) == version(database)


def test_a_materialized_view_takes_its_place_in_the_script(tmp_path: Path, database: Database, other: Database) -> None:
    """At the end of a revision, or before a statement of somebody else that may count on it."""
    project = Project(tmp_path, database.url)
    project.write({"app/entities/all.sql": PLACES})
    project.make("all")
    project.write({"app/entities/all.sql": PLACES.replace("1 as", "2 as").replace("3 as", "4 as")})
    project.make("changes")
    project.write({"app/entities/all.sql": PLACES})
    (back,) = project.make("again").paths
    text = back.read_text()
    between = text.index("    op.replace_entity(", text.index("    op.replace_entity(") + 1)
    back.write_text(f"{text[:between]}    op.execute('create table made as table one')\n{text[between:]}")
    for way, target in [("base:0001_all", "0001"), ("0001_all:0002_changes", "0002"), ("0002_changes:head", None)]:
        project.migrate(target)
        assert psql(other, script(project, way)) == ""
        assert difference(dump(database), dump(other)) == ""
        assert ledger(other) == ledger(database)


@pytest.mark.parametrize(
    "default",
    [
        "50%",
        pytest.param("a\tb", marks=pytest.mark.xfail(strict=True, reason="Alembic writes a tab as four blanks")),
    ],
)
def test_a_default_in_the_script_is_what_migrate_makes_it(
    tmp_path: Path, database: Database, other: Database, default: str
) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS.replace(":new", default)})
    project.make("all")
    project.migrate()
    assert psql(other, script(project, "base:head")) == ""
    assert difference(dump(database), dump(other)) == ""


def test_behind_a_revision_that_fails_the_script_changes_nothing(
    project: Project, database: Database, other: Database
) -> None:
    """In the middle, where something stands in its way, and at the very beginning."""
    first, *_ = (path.stem for path in project.revisions)
    project.migrate("0001")
    psql(other, script(project, "base:0001_all"))
    other.execute("create view on_it as select n from again")
    before = dump(other)
    assert "again" in psql(other, script(project, "0001_all:head"))
    assert version(other) == applied(other) == [first]
    assert difference(before, dump(other)) == ""

    project.migrate("base")
    database.execute("create view numbers as select 1 as n; drop table cucurbit_ledger, alembic_version")
    before = dump(database, OURS)
    assert "numbers" in psql(database, script(project, "base:head"))
    assert version(database) == applied(database) == []
    assert difference(before, dump(database, OURS)) == ""


def test_behind_a_downgrade_that_fails_the_script_changes_nothing(project: Project, database: Database) -> None:
    project.migrate()
    database.execute("create view on_it as select n from again")
    before, rows = dump(database), ledger(database)
    complaints = psql(database, script(project, "head:base"))
    assert "again" in complaints
    assert version(database) == ["0002_changes"]  # the last one went before that
    assert len(ledger(database)) == len(rows) + 2
    database.execute("create view last as select 1 as n")
    assert difference(before, dump(database)) == ""


def test_a_script_with_fake_writes_rows_and_changes_no_schema(
    project: Project, database: Database, other: Database
) -> None:
    """On a database that has it all, and on one that has nothing."""
    project.migrate()
    real, schema = ledger(database), dump(database)
    database.execute("drop table cucurbit_ledger, alembic_version")
    text = script(project, "base:head", fake=True)
    assert psql(database, text) == ""
    assert difference(schema, dump(database)) == ""
    # What the catalog says of an entity is what it says at the end, here for all revisions.
    assert [row[:8] for row in ledger(database)] == [row[:8] for row in real]
    assert version(database) == ["0003_last"]
    assert set(project.states().values()) == {"applied"}

    empty = dump(other, OURS)
    assert psql(other, text) == ""
    assert difference(empty, dump(other, OURS)) == ""
    assert applied(other) == [path.stem for path in project.revisions]
