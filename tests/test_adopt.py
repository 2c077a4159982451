"""adopt: what somebody made by hand gets into the source file, and from there everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cucurbit.actions.adopt import Adoption, adopt
from cucurbit.errors import DriftError
from tests import observer, servers
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import run, untouched

# As people write it: comments, a missing semicolon at the end, letters of more than a byte.
FILE = """-- Größen
create type size as enum ('s', 'm');   -- ‡

  create function twice(n integer) returns integer
language sql as 'select n * 2' /* inside */; create view numbers as select n from generate_series(1, 3) n;

/* between */
create index places on towns (name);
-- at the end
create function halved(n integer) returns integer language sql as 'select n / 2'  """

MODELS = """
from sqlalchemy import Column, MetaData, Table, Text

metadata = MetaData()
Table("towns", metadata, Column("name", Text))
"""

PYTHON = """
from cucurbit import View

listed = View("listed", "select 1 as n")
"""

BY_HAND = """
alter type size add value 'l';
create or replace function twice(n integer) returns integer language sql as 'select n + n';
create or replace view numbers as select n from generate_series(1, 4) n;
drop index places;
create index places on towns (name desc) where name <> '';
alter function halved(integer) immutable set work_mem = '8MB';
"""

NAMES = ("enum public.size", "public.twice(integer)", "public.numbers", "places", "public.halved")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Project:
    project = Project(tmp_path_factory.mktemp("made"), server.url())
    project.write({"app/entities/all.sql": FILE, "app/models.py": MODELS, "app/entities/views.py": PYTHON})
    project.make()
    return project


@pytest.fixture
def project(tmp_path: Path, database: Database, made: Project) -> Project:
    """One revision, applied."""
    project = Project(tmp_path, database.url)
    project.copy_from(made)
    project.migrate()
    return project


def adopted(project: Project, *names: str) -> Adoption:
    with project.at_work() as settings:
        return adopt(settings, names)


def source(project: Project) -> str:
    return (project.path / "app/entities/all.sql").read_bytes().decode()


def test_what_is_adopted_is_applied_here_and_comes_elsewhere(
    project: Project, database: Database, server: Server
) -> None:
    """The whole way: adopt, makemigrations, migrate; also on a database of before, where nobody interfered."""
    with servers.new_database(server) as other:
        text = (project.path / "settings.toml").read_text()
        project.write({"settings.toml": f"{text}\n[databases.other]\nurl = {json.dumps(other.url)}\n"})
        project.migrate(database="other")
        for statement in BY_HAND.strip().splitlines():
            database.execute(statement)
        found = adopted(project, *NAMES)
        assert [item.reason for item in found.items] == [""] * 5
        made = project.make()
        assert len(made.lines) == 5
        assert project.migrate() == 1
        assert set(project.states().values()) == {"applied"}
        assert project.migrate(database="other") == 1
        assert observer.dump(other) == observer.dump(database)
        assert not project.make().changed


def test_what_a_migration_that_waits_would_lose_comes_back(project: Project, database: Database) -> None:
    """The way out that a refusal names: a revision behind the one that was stopped for it."""
    project.write({"app/entities/all.sql": source(project).replace("series(1, 3)", "series(1, 5)")})
    project.make()
    database.execute("create or replace view numbers as select n from generate_series(1, 4) n")
    with pytest.raises(DriftError):
        project.migrate()
    before = observer.dump(database)
    adopted(project, "public.numbers")
    project.make()
    assert project.migrate() == 2
    assert observer.dump(database) == before
    assert set(project.states().values()) == {"applied"}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", ["", "\ufeff"])
def test_all_else_of_the_file_stays(project: Project, database: Database, newline: str, bom: str) -> None:
    """Byte for byte, with permissions; the file is replaced, not written into."""
    path = project.path / "app/entities/all.sql"
    text = bom + FILE.replace("\n", newline)
    project.write({"app/entities/all.sql": text})
    path.chmod(0o640)
    database.execute("create or replace function twice(n integer) returns integer language sql as $$select\n n + n$$")
    adopted(project, "twice")
    start, end = text.index("create function twice"), text.index("; create view numbers")
    new = source(project)
    assert new.startswith(text[:start])
    assert new.endswith(text[end:])
    middle = new[start : len(new) - len(text[end:])]
    assert middle.startswith("CREATE OR REPLACE FUNCTION public.twice")
    assert newline == "\n" or middle.count("\r\n") == middle.count("\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []
    project.make()
    project.migrate()
    assert project.states()["function public.twice(integer)"] == "applied"


def test_a_dry_run_prints_the_difference(project: Project, database: Database) -> None:
    database.execute("create or replace view numbers as select n from generate_series(1, 4) n")
    with untouched(project, database):
        answer = run(project, "adopt", "numbers", "--dry-run")
    assert answer.code == 0
    assert "+++ app/entities/all.sql" in answer.out
    assert "generate_series(1, 4)" in answer.out
    assert "Would adopt view public.numbers at app/entities/all.sql:5:" in answer.out
    assert "Adopted view public.numbers" in run(project, "adopt", "numbers").out
    assert "has it already" in run(project, "adopt", "numbers").out


def test_what_is_declared_in_python_is_printed(project: Project, database: Database) -> None:
    database.execute("create or replace view listed as select 2 as n")
    with untouched(project, database):
        answer = run(project, "adopt", "view public.listed")
    assert answer.code == 1
    assert "app/entities/views.py:4:1" in answer.out
    assert "SELECT 2 AS n" in answer.out


def test_what_is_no_app_s_any_more_is_printed(project: Project, database: Database) -> None:
    project.write({"app/entities/views.py": None})
    database.execute("create or replace view listed as select 2 as n")
    answer = run(project, "adopt", "listed")
    assert answer.code == 1
    assert "no app declares it" in answer.out


def test_a_default_of_a_view_comes_as_a_statement_of_its_own(
    project: Project, database: Database, server: Server
) -> None:
    database.execute("alter view numbers alter column n set default 3")
    adopted(project, "numbers")
    assert "ALTER VIEW public.numbers ALTER COLUMN n SET DEFAULT 3" in source(project)
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}


@pytest.mark.parametrize(
    ("name", "statement", "says"),
    [
        ("numbers", None, "has not drifted"),
        ("nothing", None, "there is no entity"),
        ("numbers", "drop view numbers", "gone"),
        ("orders", "create schema s; create view orders as select 1; create view s.orders as select 1", "several"),
        ("twice", "create function twice(n text) returns text language sql as 'select n'", "has not drifted"),
    ],
)
def test_what_cannot_be_adopted(
    project: Project, database: Database, name: str, statement: str | None, says: str
) -> None:
    if statement:
        database.execute(statement)
    with untouched(project, database), pytest.raises(DriftError, match=says):
        adopted(project, name)


def test_a_name_of_several(project: Project, database: Database) -> None:
    project.write({"app/entities/more.sql": "create function twice(n text) returns text language sql as 'select n'"})
    project.make()
    project.migrate()
    with pytest.raises(DriftError, match="several") as caught:
        adopted(project, "twice")
    assert '"function public.twice(integer)"' in str(caught.value)


def test_another_spelling_is_nothing_to_adopt(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    view = "create view v as select n::varchar as n from generate_series(1, 3) n where n::varchar in ('1', '2')"
    project.write({"app/entities/all.sql": view})
    project.make()
    project.migrate()
    ((text,),) = database.execute("select pg_get_viewdef('v'::regclass)")
    database.execute(f"create or replace view v as {text}")
    with pytest.raises(DriftError, match="only words it otherwise"):
        adopted(project, "v")


def test_what_was_made_by_hand_gets_a_file(project: Project, database: Database) -> None:
    """With what is said of it; two of one file stand in it, and what is there already stays."""
    database.execute("""
        create function thrice(n integer) returns integer language sql as 'select n * 3';
        comment on function thrice(integer) is 'three times';
        create function thrice(n text) returns text language sql as 'select n || n || n';
    """)
    before = observer.dump(database)
    answer = run(project, "adopt", "public.thrice(integer)", "public.thrice(text)", "--dry-run")
    assert (answer.code, project.states(everything=True)["function public.thrice(text)"]) == (0, "unmanaged")
    file = project.path / "app/entities/public/function/thrice.sql"
    assert not file.exists()

    assert run(project, "adopt", "public.thrice(integer)").code == 0
    assert "three times" in file.read_text()
    assert run(project, "adopt", "public.thrice(text)").code == 0
    made = {name for name, state in project.states().items() if state == "new"}
    one, other = "public.thrice(integer)", "public.thrice(text)"
    assert made == {f"function {one}", f"comment on routine {one}", f"function {other}"}
    assert observer.dump(database) == before


def test_by_hand_in_a_database_without_a_ledger(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    database.execute("create view numbers as select 1 as n; comment on view numbers is 'one'")
    assert run(project, "adopt", "numbers").code == 0
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
