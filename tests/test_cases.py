"""The cases: for each kind folders with what a user declares before and after a change, all taken through one course.

`tests/cases/<kind>/<case>/` (`_` for a blank in the kind) has

    before.sql, after.sql     the entities, as they stand in a project; a file that is missing declares nothing
    models.py                 tables of its own instead of those in tests/cases/models.py
    models_after.py           the tables of the second step, where they differ
    rows.sql                  run between the two steps: rows that the change has to live with
    expect.toml               report     the lines of the second makemigrations, in any order that works
                              in_place   whether what is replaced stays the same object
                              servers    the versions that it runs on; PostgreSQL 18 alone when it is missing
                              extension  what the server must have available, else the case is skipped
                              xfail      why it is known to fail

`TEST_ALL_SERVERS=1 pytest tests/test_cases.py` runs every case on every server that the machine has.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine

from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.sql.parse import split
from tests import observer, servers
from tests.project import Project
from tests.servers import Database, Server

CASES = Path(__file__).parent / "cases"
OURS = ("alembic_version", "cucurbit_ledger")
TABLES = 40  # the rank of tables: kinds below it are made before them


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        """`view/column_appended`."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def expect(self) -> dict[str, Any]:
        """What expect.toml says."""
        file = self.folder / "expect.toml"
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def text(self, *names: str) -> str | None:
        """The first of these files that is there."""
        return next((f.read_text(encoding="utf-8") for name in names if (f := self.folder / name).exists()), None)

    def declare(self, project: Project, step: str) -> None:
        """Write what the project declares in one of the two steps."""
        names = ("models_after.py", "models.py") if step == "after" else ("models.py",)
        models = self.text(*names) or (CASES / "models.py").read_text(encoding="utf-8")
        project.write({"app/models.py": models, "app/entities/case.sql": self.text(f"{step}.sql")})


def cases() -> list[Case]:
    """All of them."""
    return [Case(folder) for folder in sorted(CASES.glob("*/*")) if (folder / "before.sql").exists()
            or (folder / "after.sql").exists()]


def _parameters() -> list[Any]:
    found = []
    for case in cases():
        expect = case.expect
        names = servers.everywhere() if os.environ.get("TEST_ALL_SERVERS") else expect.get("servers", [servers.NEWEST])
        marks = [pytest.mark.xfail(reason=expect["xfail"], strict=True)] if "xfail" in expect else []
        found += [pytest.param(case, name, id=f"{case.name}-{name}", marks=marks) for name in names
                  if int(name) >= expect.get("minimum", 0)]
    return found


@pytest.mark.parametrize(("case", "server"), _parameters(), indirect=["server"], scope="session")
def test_case(case: Case, database: Database, tmp_path: Path) -> None:
    _needs(case, database)
    expect = case.expect
    project = Project(tmp_path, database.url)

    case.declare(project, "before")
    _apply(project)
    before, addresses = _dump(database), _addresses(database)
    if rows := case.text("rows.sql"):
        database.execute(rows)

    case.declare(project, "after")
    made = _apply(project)
    after, moved = _dump(database), _addresses(database)
    assert observer.difference(_dump_of_reference(case, project, database.server), after) == ""
    if "report" in expect:
        assert sorted(made) == sorted(expect["report"])
    if "in_place" in expect:
        replaced = [line.removeprefix("~ Replace ") for line in made if line.startswith("~ Replace ")]
        kept = {name: addresses[name] == moved[name] for name in replaced if name in addresses}
        assert kept == dict.fromkeys(kept, expect["in_place"])

    project.migrate("-1")
    assert observer.difference(before, _dump(database)) == ""
    project.migrate("zero")
    assert observer.difference(_dump_of_nothing(database.server.name), _dump(database)) == ""


def _needs(case: Case, database: Database) -> None:
    wanted = case.expect.get("extension")
    if wanted and not database.execute("select 1 from pg_available_extensions where name = %s", wanted):
        pytest.skip(f"PostgreSQL {database.server.name} here has no extension {wanted}")


def _apply(project: Project) -> list[str]:
    """makemigrations and migrate, after which nothing may be left to do; the report's lines."""
    made = project.make()
    assert made.path is not None, "nothing changed"
    project.migrate()
    assert project.make(against="database").lines == []
    assert set(project.states().values()) <= {"applied"}
    return [" ".join(line) for line in made.lines]


def _dump(database: Database) -> str:
    return observer.dump(database, OURS)


def _addresses(database: Database) -> dict[str, int]:
    """The OID of every entity, by its kind and name."""
    engine = create_engine(_for_sqlalchemy(database))
    with engine.connect() as connection:
        found = {str(identity): d.objid for identity, d in catalog.snapshot(connection, texts=False).items()}
    engine.dispose()
    return found


def _dump_of_reference(case: Case, project: Project, server: Server) -> str:
    """A database with the tables and entities of `after.sql`, made without cucurbit's help: the statements as they stand."""
    statements = [statement.sql for statement in split(case.text("after.sql") or "", "after.sql")]
    with servers.new_database(server) as database, project.at_work():
        engine = create_engine(_for_sqlalchemy(database))
        with engine.begin() as connection:
            tables_made = False
            for sql in sorted(statements, key=lambda sql: Entity.from_sql(sql).rank >= TABLES):
                if not tables_made and Entity.from_sql(sql).rank >= TABLES:
                    _create_tables(connection)
                    tables_made = True
                connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
            if not tables_made:
                _create_tables(connection)
        engine.dispose()
        return _dump(database)


def _create_tables(connection: Any) -> None:
    import_module("app.models").Base.metadata.create_all(connection)


@cache
def _dump_of_nothing(server: str) -> str:
    with servers.new_database(servers.start(server)) as database:
        return _dump(database)


def _for_sqlalchemy(database: Database) -> str:
    return database.url.replace("postgresql:", "postgresql+psycopg:", 1)
