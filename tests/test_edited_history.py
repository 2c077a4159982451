"""Edited and missing history: an applied revision whose file is not what was applied is told, and refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cucurbit.errors import HistoryError
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import height, run, untouched

NAMES = ("0001_initial", "0002_two", "0003_three")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Project:
    """Three revisions."""
    project = Project(tmp_path_factory.mktemp("made"), server.url())
    for number, name in enumerate(("initial", "two", "three")):
        project.write({f"app/entities/{name}.sql": f"create view {name} as select {number} as n"})
        project.make(name)
    assert tuple(path.stem for path in project.revisions) == NAMES
    return project


@pytest.fixture
def project(tmp_path: Path, database: Database, made: Project) -> Project:
    """Two of them are applied."""
    project = Project(tmp_path, database.url)
    project.copy_from(made)
    project.migrate("0002")
    return project


def edit(project: Project, name: str, old: str = "as select", new: str = "as select all") -> None:
    path = project.path / "migrations/versions" / f"{name}.py"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def remove(project: Project, name: str) -> str:
    path = project.path / "migrations/versions" / f"{name}.py"
    text = path.read_text()
    path.unlink()
    return text


def refused(project: Project, target: str | None = None, **options: object) -> str:
    with pytest.raises(HistoryError) as caught:
        project.migrate(target, **options)
    return str(caught.value)


def listed(project: Project) -> dict[str, str | None]:
    answer = run(project, "showmigrations", "--format", "json")
    assert answer.code == 0, answer.err
    return {item["revision"]: item["problem"] for item in json.loads(answer.out)}


def test_an_edited_revision_is_marked_and_refused(project: Project, database: Database) -> None:
    """Upwards, downwards and where nothing is to be done; told with the difference, when and by whom."""
    edit(project, "0001_initial")
    assert listed(project) == {"0001_initial": "edited", "0002_two": None, "0003_three": None}
    assert " [!] 0001_initial" in run(project, "showmigrations").out
    for target in (None, "0001", "0002", "zero"):
        with untouched(project, database):
            told = refused(project, target)
        for words in (
            "0001_initial",
            "by postgres",
            "-",
            "create view initial as select all",
            "--accept-edited 0001_initial",
        ):
            assert words in told, told
        assert height(told) <= 24, told
    for option in ("--plan", "--check", "--sql", "--fake"):
        assert run(project, "migrate", option).code == 1


def test_several_are_told_on_one_screen(project: Project) -> None:
    project.migrate()
    for name in NAMES:
        edit(project, name)
    told = refused(project)
    assert all(name in told for name in NAMES)
    assert height(told) <= 24, told


def test_what_is_not_applied_may_be_edited(project: Project) -> None:
    edit(project, "0003_three")
    assert set(listed(project).values()) == {None}
    assert project.migrate() == 1


def test_comments_and_layout_are_no_edit(project: Project) -> None:
    path = project.revisions[0]
    path.write_text(f"# A comment\r\n\n{path.read_text()}\n\n\n# Another\n")
    assert set(listed(project).values()) == {None}
    assert project.migrate() == 1


def test_accepted_it_counts_as_it_is(project: Project, database: Database) -> None:
    """By a row of its own; until it is edited again. What was applied when stays as it was."""
    before = run(project, "showmigrations").out
    edit(project, "0001_initial")
    edit(project, "0002_two")
    assert "0002_two" in refused(project, accept_edited=["0001_initial"])
    assert database.execute("select count(*) from cucurbit_ledger where action = 'accept'") == [(0,)]
    assert project.migrate("0002", accept_edited=["0001_initial", "0002"]) == 0
    assert run(project, "showmigrations").out == before
    rows = database.execute(
        "select identity, sql like '%select all%' from cucurbit_ledger where action = 'accept' order by id"
    )
    assert rows == [("0001_initial", True), ("0002_two", True)]
    assert project.migrate() == 1
    assert project.migrate(accept_edited=["0001"]) == 0  # on a database where it is accepted already
    assert database.execute("select count(*) from cucurbit_ledger where action = 'accept'") == [(2,)]
    edit(project, "0001_initial", "all", "distinct")
    assert "distinct" in refused(project)
    assert project.migrate("zero", accept_edited=["0001"]) == 3
    assert project.migrate() == 3
    assert set(listed(project).values()) == {None}


def test_to_accept_what_is_no_revision_is_an_error(project: Project) -> None:
    assert "0009" in refused(project, accept_edited=["0009"])
    assert "several" in refused(project, accept_edited=["000"])


def test_a_missing_file_is_marked_and_refused(project: Project, database: Database) -> None:
    """The last one, or one in the middle, without which Alembic cannot load the history; its text is in the ledger."""
    for name in ("0002_two", "0001_initial"):
        text = remove(project, name)
        if name == "0002_two":
            remaining = remove(project, "0003_three")
        assert listed(project)[name] == "missing"
        assert list(listed(project))[:2] == ["0001_initial", "0002_two"]
        assert "file missing" in run(project, "showmigrations").out
        with untouched(project, database):
            told = refused(project)
        assert f"{name}, which is applied, is not there" in told
        (query,) = (line for line in told.splitlines() if line.startswith("  select sql"))
        assert database.execute(query) == [(text,)]
        project.write({f"migrations/versions/{name}.py": text})
        project.write({"migrations/versions/0003_three.py": remaining})
    assert project.migrate() == 1


def test_old_history_may_be_cut_off(project: Project) -> None:
    """Its files are gone for good, and nothing refers to them."""
    project.migrate()
    remove(project, "0001_initial")
    edit(project, "0002_two", "down_revision = '0001_initial'", "down_revision = None")
    assert "0001_initial" in refused(project)
    assert project.migrate(accept_edited=["0001_initial", "0002_two"]) == 0
    assert project.migrate() == 0
    assert listed(project) == {"0002_two": None, "0003_three": None}


def test_a_ledger_of_before_the_text_was_kept(project: Project, database: Database) -> None:
    database.execute("update cucurbit_ledger set sql = null where kind = 'revision'")
    assert set(listed(project).values()) == {None}
    edit(project, "0001_initial")
    told = refused(project)
    assert "its text was not kept" in told
    assert project.migrate(accept_edited=["0001"]) == 1


SECRETS = """    if False:
        op.execute("create user mapping for public server s options (password 'hunter2')")
        op.execute('alter role x password ' + "'hunter2'")
        PASSWORD = 'hunter2'
        op.execute('create role x password \\'hunter2\\'')  # the role's password is 'hunter2'
        op.execute(f"alter role x password '{'hunter2'}'")
        op.execute(\'\'\'select 'postgresql://u:hunter2@h/d' \'\'\')
"""


def test_no_password_gets_into_the_ledger(project: Project, database: Database) -> None:
    """Nor into the difference; all else does."""
    edit(project, "0003_three", "upgrade() -> None:\n", f"upgrade() -> None:\n{SECRETS}")
    assert project.migrate() == 1
    ((kept,),) = database.execute("select sql from cucurbit_ledger where identity = '0003_three'")
    assert "hunter2" not in kept
    assert "create view three" in kept
    edit(project, "0003_three", "hunter2", "hunter3")
    told = refused(project)
    assert "hunter" not in told
    assert "masked" in told


def test_alembic_refuses_it_too(project: Project, database: Database) -> None:
    project.write({"pyproject.toml": '[tool.alembic]\nscript_location = "migrations"\n'})
    edit(project, "0001_initial")
    env = {name: value for name, value in os.environ.items() if not name.startswith("CUCURBIT_")}
    command = [sys.executable, "-m", "alembic", "-c", "pyproject.toml", "upgrade", "head"]
    with untouched(project, database):
        done = subprocess.run(command, cwd=project.path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "0001_initial was edited" in done.stdout + done.stderr
