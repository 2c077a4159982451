"""The cases with a `production.sql`: what somebody made by hand on the database that is migrated, and nobody declared.

No history and no scratch database know of it. Beside the files that test_cases.py tells of, a folder has

    production.sql        run between the two steps, on the database that is migrated alone
    production_after.sql  the same as it is to be afterwards, if that is another text: a column's new type shows as a
                          cast, a column that is gone has no comment
    production_back.sql   the same as it is to be after the downgrade, if that is another text than at first
    same.sql              a query that gives the same rows before, after and after the downgrade: what pg_dump does not
                          show, such as the rows of a materialized view
    expect.toml           set_aside  what the report of `migrate` names, and more it may
                          kept_oids  relations and functions that stay the same objects, there and back
                          drift      what of it `migrate` stops for, as a step is to change it; then it overwrites it
                          refused    what `migrate` says (a regular expression, of message and hint) when it fails as
                                     a whole, and leaves everything as it was

The judge is pg_dump: a database made by hand, with the tables and entities of a step and then production.sql, is to
be the same. The roles in these files are PostgreSQL's own: others would outlive the database.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from cucurbit.errors import CucurbitError, DriftError, MigrationError
from tests import observer
from tests.project import Heard, Project
from tests.servers import Database
from tests.shell import untouched
from tests.test_cases import Case, apply, cases, dump, dump_of_reference, needs, parameters


@pytest.mark.parametrize(
    ("case", "server"),
    parameters(lambda case: case.text("production.sql") is not None),
    indirect=["server"],
    scope="session",
)
def test_production(case: Case, database: Database, tmp_path: Path) -> None:
    needs(case, database)
    production = case.text("production.sql") or ""
    project = Project(tmp_path, database.url)
    case.declare(project, "before")
    apply(project)
    database.execute(production)
    before, addresses, rows = dump(database), _addresses(case, database), _same(case, database)
    states = project.states()
    unmanaged = project.make(against="database", write=False).lines

    case.declare(project, "after")
    made = project.make()
    assert made.paths, "nothing changed"
    heard = Heard()
    if "refused" in case.expect:
        with untouched(project, database), pytest.raises(MigrationError) as caught:
            project.migrate(reporter=heard)
        assert re.search(case.expect["refused"], _said(caught.value)), _said(caught.value)
        return
    if named := case.expect.get("drift"):
        with untouched(project, database), pytest.raises(DriftError) as stopped:
            project.migrate()
        assert [name for name in named if name not in _said(stopped.value)] == [], _said(stopped.value)
    project.migrate(reporter=heard, on_drift="overwrite" if named else "stop")
    after = case.text("production_after.sql", "production.sql") or ""
    equal(_reference(case, project, database, "after", after), dump(database))
    assert project.make(against="database", write=False).lines == unmanaged
    assert [name for name, state in project.states().items() if state not in ("applied", states.get(name))] == []
    assert _same(case, database) == rows
    assert _addresses(case, database) == addresses
    aside = "\n".join(heard.aside)
    assert [name for name in case.expect.get("set_aside", []) if name not in aside] == [], aside

    if "back" in case.expect:
        with untouched(project, database), pytest.raises(MigrationError, match=case.expect["back"]):
            project.migrate(f"-{len(made.paths)}")
        return
    project.migrate(f"-{len(made.paths)}")
    if back := case.text("production_back.sql"):
        before = _reference(case, project, database, "before", back)
    equal(before, dump(database))
    assert _same(case, database) == rows
    assert _addresses(case, database) == addresses


@pytest.mark.parametrize("case", [pytest.param(c, id=c.name) for c in cases() if "error" in c.expect])
def test_refused_when_it_is_made(case: Case, database: Database, tmp_path: Path) -> None:
    """What makemigrations can know to fail: no file is written."""
    project = Project(tmp_path, database.url)
    case.declare(project, "before")
    apply(project)
    case.declare(project, "after")
    with untouched(project, database), pytest.raises(CucurbitError) as caught:
        project.make()
    assert re.search(case.expect["error"], _said(caught.value)), _said(caught.value)


def _reference(case: Case, project: Project, database: Database, step: str, production: str) -> str:
    case.declare(project, step)
    return dump_of_reference(case, project, database.server, step=step, production=production)


def equal(expected: str, found: str) -> None:
    """Fail with the difference of two dumps, where there is one."""
    if difference := observer.difference(expected, found):
        pytest.fail(difference, pytrace=False)


def _said(error: CucurbitError) -> str:
    return f"{error}\n{error.hint}"


def _same(case: Case, database: Database) -> list[tuple[Any, ...]]:
    query = case.text("same.sql")
    return database.execute(query) if query else []


def _addresses(case: Case, database: Database) -> dict[str, Any]:
    """The OIDs of what is to stay the same object; a function is named with its arguments."""
    found = {}
    for name in case.expect.get("kept_oids", []):
        lookup = "to_regprocedure" if "(" in name else "to_regclass"
        found[name] = database.execute(f"select {lookup}(%s)::oid", name)
    assert [name for name, rows in found.items() if rows == [(None,)]] == []
    return found
