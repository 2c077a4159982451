"""What the proof finds before a file is written, and what it says of what it cannot hold against anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from cucurbit.errors import MigrationError, Place
from tests.project import Project
from tests.servers import Database

MODELS = """
from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str] = mapped_column(String(40), server_default="at 12:30, 50% :of 'it'")
"""


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A project with one table, applied."""
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS})
    project.make()
    project.migrate()
    return project


def test_a_refused_statement_is_told_where_it_is_written(project: Project) -> None:
    """The place of the column that is not there, in the file of the user; and no file is written."""
    project.write({"app/entities/all.sql": "create view fine as select 1 as n;\n\ncreate or replace view broken as\n"
                                           "select id,\n  nothing\nfrom notes;\n"})  # fmt: skip
    before = project.revisions
    with pytest.raises(MigrationError) as caught:
        project.make()
    assert caught.value.place == Place("app/entities/all.sql", 5, 3)
    assert project.revisions == before


def test_bodies_that_cannot_work_are_doubted(project: Project) -> None:
    """They are text to PostgreSQL, and migrations create them unchecked; bodies that need each other are fine."""
    project.write(
        {
            "app/entities/all.sql": "create function lost() returns integer language sql as 'select n from nowhere';\n"
            "create function ping() returns integer language sql as 'select pong()';\n"
            "create function pong() returns integer language sql as 'select ping()';\n"
        }
    )
    made = project.make()
    assert len(made.remarks) == 1
    assert "public.lost()" in made.remarks[0]
    assert "nowhere" in made.remarks[0]


def test_a_default_with_a_colon_comes_back(project: Project, database: Database) -> None:
    """When its table is dropped, and the migration is taken back."""
    (default,) = _default(database)
    project.write({"app/models.py": MODELS.partition("class Note")[0]})
    made = project.make()
    assert made.remarks == []
    project.migrate()
    project.migrate("-1")
    assert _default(database) == [default]


def test_the_file_of_a_merge_of_one_head_is_not_written(project: Project) -> None:
    """There is nothing to merge."""
    from cucurbit.errors import HistoryError

    before = project.revisions
    with pytest.raises(HistoryError):
        project.make(merge=True)
    assert project.revisions == before


def _default(database: Database) -> list[tuple[object, ...]]:
    return database.execute(
        "select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d join pg_attribute a"
        " on a.attrelid = d.adrelid and a.attnum = d.adnum where a.attrelid = 'notes'::regclass and a.attname = 'text'"
    )


def test_a_scratch_database_goes_on_from_the_one_before(tmp_path: Path, database: Database) -> None:
    """Only what is new in the history is run, and nothing of a file that was edited, or lies behind it, is believed."""
    project = Project(tmp_path, database.url)
    log = tmp_path / "log"

    def upgrades_of(view: str) -> list[str]:
        log.unlink(missing_ok=True)
        project.write({"app/entities/one.sql": view})
        assert project.make(verify=False).changed
        newest = max((tmp_path / "migrations/versions").glob("*.py"))
        text = newest.read_text()
        noted = f'def upgrade() -> None:\n    open({str(log)!r}, "a").write("{newest.stem[:4]} ")'
        newest.write_text(text.replace("def upgrade() -> None:", noted))
        return log.read_text().split() if log.exists() else []

    assert upgrades_of("create view one as select 1 as n") == []
    assert upgrades_of("create view one as select 2 as n") == ["0001"]
    assert upgrades_of("create view one as select 3 as n") == ["0002"]
    assert upgrades_of("create view one as select 4 as n") == ["0003"]
    first = next((tmp_path / "migrations/versions").glob("0001*.py"))
    first.write_text(first.read_text() + "# edited\n")
    assert upgrades_of("create view one as select 5 as n") == ["0001", "0002", "0003", "0004"]
