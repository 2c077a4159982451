"""What users get wrong, and what they are told: one screen that says what is wrong, where, and what to do.

Whatever it is, nothing has been written by then: no file, no row of the ledger, no object, no scratch database.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.project import Project
from tests.servers import Database, Server, new_database
from tests.shell import Answer, contents, name_of, role, run, scratches, untouched, url_of

WIDTH, HEIGHT = 80, 24  # the smallest screen that anybody has

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
"""

VIEW = "create view open_orders as\nselect id, total from orders where total > 0;\n"

# What is to be changed in the project: None deletes a file, a pair replaces a piece of it.
Files = Mapping[str, str | bytes | tuple[str, str] | None]

NEW = {"app/entities/new.sql": "create view new_view as select 1 as n;"}

REVISION = """
from alembic import op

revision = {revision!r}
down_revision = {down!r}


def upgrade():
    {upgrade}


def downgrade():
    pass
"""


def revision(name: str, down: str | None, upgrade: str = "pass") -> dict[str, str]:
    """A revision file by hand."""
    text = REVISION.format(revision=name, down=down, upgrade=upgrade)
    return {f"migrations/versions/{name}.py": text}


def shop(path: Path, url: str) -> Project:
    """A project with a table and a view on it."""
    project = Project(path, url)
    project.write({"app/models.py": MODELS, "app/entities/views.sql": VIEW})
    return project


@dataclass(frozen=True)
class Shop:
    """A project that is migrated, its database, and what is in that."""

    project: Project
    database: Database
    contents: object


@pytest.fixture(scope="module")
def migrated(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One for all tests that are not to change anything."""
    with new_database(server) as database:
        project = shop(tmp_path_factory.mktemp("shop"), database.url)
        project.make()
        project.migrate()
        yield Shop(project, database, contents(database))


def copy(project: Project, path: Path) -> Project:
    """The same project in another folder, to be broken there."""
    with project.at_work() as settings:
        made = Project(path, settings.database("default").url)
    shutil.copytree(project.path, path, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    return made


def check(answer: Answer, *says: str, code: int = 1) -> None:
    """An error as it is to be: one screen, no stack, and what it is to say."""
    assert answer.code == code, answer.text
    assert "Traceback" not in answer.text
    assert "Unexpected error" not in answer.text, answer.text
    assert sum(1 + len(line) // WIDTH for line in answer.lines) <= HEIGHT, answer.text
    assert answer.err.startswith("Error: " if code == 1 else "Usage: "), answer.text
    for text in says:
        assert text in answer.err, answer.text


@dataclass(frozen=True)
class Case:
    """A way to break the project, and what the command then says."""

    files: Files
    says: tuple[str, ...]
    command: str = "makemigrations"
    code: int = 1

    def spoil(self, project: Project) -> None:
        for name, text in self.files.items():
            file = project.path / name
            if text is None:
                shutil.rmtree(file) if file.is_dir() else file.unlink()
            elif isinstance(text, bytes):
                file.write_bytes(text)
            elif isinstance(text, tuple):
                before = file.read_text()
                assert text[0] in before
                project.write({name: before.replace(*text, 1)})
            else:
                project.write({name: text})


def entity(sql: str) -> Files:
    return {"app/entities/bad.sql": sql}


def python(code: str) -> Files:
    return {"app/entities/bad.py": f"from cucurbit import Entity, View\n{code}\n"}


def model(code: str) -> Files:
    return {"app/models.py": f"{MODELS}\n\n{code}\n"}  # 16 lines, and those of the code


def settings(old: str, new: str) -> Files:
    return {"settings.toml": (old, new)}


SQL = {
    "broken": Case(
        entity("-- é\ncreate view a as\nselect 1;\n\n  create viw b as select 1;"),
        ('app/entities/bad.sql:5:10: syntax error at or near "viw"',),
    ),
    "it ends too early": Case(
        entity("create view a as\nselect (1"), ("app/entities/bad.sql:2:10: syntax error at end of input",)
    ),
    "broken in Python": Case(
        python('\nbad = View("a", "selec 1")'),
        ('app/entities/bad.py:3:1: syntax error at or near "selec"', "line 2 of the SQL:\n  selec 1\n  ^"),
    ),
    "broken in many lines of Python": Case(
        python('bad = [\n    Entity.from_sql("""\ncreate view a as\n  selec 1""")\n]'),
        ('app/entities/bad.py:3:1: syntax error at or near "selec"', "\n    selec 1\n    ^"),
    ),
    "two statements for one entity": Case(
        python('bad = Entity.from_sql("create view a as select 1; create view b as select 2")'),
        ("app/entities/bad.py:2:1: one statement is meant here, and there are 2", "an entity of its own"),
    ),
    "a range of nothing": Case(
        entity("create type span as range (subtpye = time);"),
        ("app/entities/bad.sql:1:1: a range type has one subtype", "create type span as range"),
    ),
    "no statement": Case(
        python('bad = Entity.from_sql("-- later")'), ("bad.py:2:1: one statement is meant here, and there is none",)
    ),
    "a statement of no kind": Case(
        entity("create view a as select 1;\ncreate table t (id int);"),
        ("app/entities/bad.sql:2:1: ", "belong to the models", "SQLAlchemy model"),
    ),
    "two definitions of one entity": Case(
        entity("create view public.open_orders as select 1 as id;"),
        (
            "app/entities/views.sql:1:1: view public.open_orders is defined twice",
            "at app/entities/bad.sql:1:1",
            "Remove",
        ),
    ),
    "two definitions, one in Python": Case(
        python('bad = View("open_orders", "select 1")'),
        ("app/entities/views.sql:1:1: ", "first at app/entities/bad.py:2:1"),
        command="showentities",
    ),
    "a circle": Case(
        entity("create view a as select * from b;\ncreate view b as select * from a;"),
        ("circle", "public.a", "public.b", "two migrations"),
    ),
    "a view of a table that is not there": Case(
        entity("create view a as\nselect *\n  from nowhere;"),
        ('relation "nowhere" does not exist', "    from nowhere\n         ^"),
    ),
    "not UTF-8": Case(
        {"app/entities/bad.sql": b"create view a as\nselect '\xe9';"},
        ("app/entities/bad.sql:2:1: the file is not UTF-8",),
    ),
    "a NUL": Case(entity("create view a as\nselect \0;"), ("app/entities/bad.sql:2:8: SQL cannot contain a NUL",)),
}

APPS = {
    "none of that name": Case(
        settings('["app"]', '["app", "sales"]'), ("settings.toml:", "there is no app 'sales'", "`apps` in the settings")
    ),
    "no such module of an app": Case(
        settings('["app"]', '["app", "app.sales"]'), ("settings.toml:", "there is no app 'app.sales'")
    ),
    "a name that is none": Case(settings('["app"]', '[""]'), ("settings.toml:", "the app '' cannot be imported")),
    "it raises": Case(
        model("raise RuntimeError('the moon is full')"), ("app/models.py:17:1: ", "RuntimeError: the moon is full")
    ),
    "a library raises in it": Case(model("import json\njson.loads('{')"), ("app/models.py:18:1: ", "JSONDecodeError")),
    "SQLAlchemy raises in it": Case(
        model(
            "class Again(Base):\n    __tablename__ = 'orders'\n    id: Mapped[int] = mapped_column(primary_key=True)"
        ),
        ("app/models.py:17:1: ", "Table 'orders' is already defined"),
    ),
    "it exits": Case(model("import sys\nsys.exit()"), ("app/models.py:18:1: ", "SystemExit", "end the program")),
    "it exits, quietly": Case(
        model("raise SystemExit(0)"), ("app/models.py:17:1: ", "SystemExit"), command="showentities"
    ),
    "it does not parse": Case(model("x = (\n"), ("app/models.py:17:5: ", "was never closed")),
    "it lacks a library": Case(model("import nowhere"), ("app/models.py:17:1: ", "No module named 'nowhere'")),
    "it lacks a module": Case(
        {"app/entities/bad.py": "from app import sales\n"}, ("app/entities/bad.py:1:1: ", "cannot import name 'sales'")
    ),
    "not UTF-8": Case({"app/models.py": b"x = '\xe9'\n"}, ("app/models.py:1:", "'utf-8' codec can't decode")),
    "a NUL": Case({"app/models.py": b"x = 1\n\0"}, ("app/models.py:1:1: app.models", "null bytes")),
    "it raises what is no Exception": Case(
        model("raise BaseException('the moon')"), ("app/models.py:17:1: ", "BaseException: the moon")
    ),
    "it raises what cannot be printed": Case(
        model("class Mute(Exception):\n    def __str__(self): raise ValueError\n\n\nraise Mute"),
        ("app/models.py:21:1: ", "cannot be imported: Mute\n"),
    ),
    "it raises what no terminal is to obey": Case(
        model("raise ValueError('\\x1b[2J\\udc80')"), ("ValueError: \\x1b[2J\\udc80\n",)
    ),
    "it raises a book": Case(model("raise ValueError('x' * 100_000 + 100 * '\\n')"), ("app/models.py:17:1: ", "xxx …")),
    "a foreign key to nothing": Case(
        model(
            "class Item(Base):\n    __tablename__ = 'items'\n"
            "    id: Mapped[int] = mapped_column(ForeignKey('nowhere.id'), primary_key=True)"
        ),
        ("items.id refers to nowhere.id, which no model has", "`apps`"),
    ),
}

SETTINGS = {
    "missing": Case({"settings.toml": None}, ("there is no settings.toml in ", "startproject"), command="migrate"),
    "no TOML": Case({"settings.toml": "apps = [\nname"}, ("settings.toml:2:1: this is not TOML",)),
    "not UTF-8": Case({"settings.toml": b"apps = ['\xe9']"}, ("settings.toml:", "not UTF-8"), command="showentities"),
    "a carriage return alone": Case({"settings.toml": "apps = []\rname = 1\n"}, ("settings.toml:1:", "not TOML")),
    "nested deeply": Case(
        {"settings.toml": "apps = " + "[" * 20_000}, ("settings.toml:1:1: this is nested too deeply",)
    ),
    "pyproject.toml has a project that is none": Case(
        {"pyproject.toml": "project = 3\n", **NEW}, ("nothing to merge",), "makemigrations --merge"
    ),
    "an unknown key": Case(
        settings("schema =", "shema ="), ("settings.toml:3:1: shema is no setting; did you mean schema?",)
    ),
    "an unknown key of a table": Case(
        settings("url =", "ulr ="), ("settings.toml:5:1: databases.default.ulr is no setting; did you mean url?",)
    ),
    "a key like none": Case(settings("apps =", "zzz = 1\napps ="), ("settings.toml:2:1: zzz is no setting", "apps, ")),
    "a value of another type": Case(settings('["app"]', '"app"'), ("settings.toml:2:1: apps: ", "list")),
    "a table without a name": Case(
        settings("apps =", 'ledger.table = ""\napps ='), ("settings.toml:2:", "ledger.table: write a table")
    ),
    "a role without a name": Case(
        settings("apps =", 'databases.reports.role = ""\napps ='),
        ("settings.toml:", "reports.role: a role needs a name"),
    ),
    "a duration that is none": Case(
        settings("apps =", 'migrate.lock_timeout = "soon"\napps ='),
        ("settings.toml:2:", "lock_timeout: write a duration"),
    ),
    "no attempt": Case(settings("apps =", "migrate.attempts = 0\napps ="), ("settings.toml:2:", "migrate.attempts: ")),
    "another database's url": Case(
        settings("postgresql:", "mysql:"), ("is for mysql, and cucurbit is for PostgreSQL", "postgresql://user@host")
    ),
    "a url that is none": Case(
        settings("postgresql://", ""), ("url cannot be read", "postgresql://user@host:5432/name")
    ),
    "a port that is none": Case(settings("postgres@/", "postgres@localhost:abc/"), ("url cannot be read",)),
    "an unknown parameter": Case(settings("?host", "?hots=1&host"), ('invalid connection option "hots"', "the url")),
    "an unknown database": Case({}, ("there is no database 'other'", "default"), command="migrate --database other"),
    "pyproject.toml is no TOML": Case({"pyproject.toml": "[project]\nx ="}, ("pyproject.toml:", "not TOML")),
}

HEADS: Files = revision("0002_a", "0001_initial") | revision("0002_b", "0001_initial")

HISTORY = {
    "two heads": Case(HEADS, ("2 heads: 0002_a, 0002_b", "makemigrations --merge")),
    "two heads, to migrate": Case(HEADS, ("2 heads", "makemigrations --merge"), command="migrate"),
    "no such revision": Case({}, ("'9999'", "0001_initial"), command="migrate 9999"),
    "a prefix of two revisions": Case(HEADS, ("'0002'", "0002_a", "0002_b", "several"), command="migrate 0002"),
    "too far up": Case({}, ("+3", "The database is at: 0001_initial"), command="migrate +3"),
    "too far down": Case({}, ("-7", "The database is at: 0001_initial"), command="migrate -7"),
    "nothing to merge": Case({}, ("nothing to merge",), command="makemigrations --merge"),
    "no SQL to write": Case({}, ("nothing to write",), command="migrate --sql"),
    "no migrations": Case({"migrations": None}, ("there is no folder migrations/versions", "settings.toml")),
    "no migrations, to migrate": Case({"migrations": None}, ("migrations/versions", "settings.toml"), "migrate"),
    "it does not parse": Case(
        {"migrations/versions/0002_bad.py": "def (\n"}, ("migrations/versions/0002_bad.py:1:5: ", "does not parse")
    ),
    "it does not parse, to show": Case(
        {"migrations/versions/0002_bad.py": "def (\n", **NEW},
        ("migrations/versions/0002_bad.py:1:5: ",),
        "showentities",
    ),
    "not UTF-8": Case({"migrations/versions/0002_bad.py": b"x = '\xe9'\n"}, ("versions/0002_bad.py:1:",), "migrate"),
    "a NUL": Case(
        {"migrations/versions/0002_bad.py": "x = 1\n\0"}, ("migrations/versions/0002_bad.py:1:1: ", "null bytes")
    ),
    "it raises what is no Exception": Case(
        {"migrations/versions/0002_bad.py": "\nraise BaseException('no')\n"},
        ("migrations/versions/0002_bad.py:2:1: ", "BaseException: no"),
        command="migrate",
    ),
    "it raises": Case(
        {"migrations/versions/0002_bad.py": "\nraise ValueError('no')\n"},
        ("migrations/versions/0002_bad.py:2:1: ", "ValueError: no"),
        command="migrate",
    ),
    "it exits": Case(
        {"migrations/versions/0002_bad.py": "\nraise SystemExit(0)\n"},
        ("migrations/versions/0002_bad.py:2:1: ", "SystemExit"),
        command="migrate",
    ),
    "it has no revision": Case(
        {"migrations/versions/0002_bad.py": "x = 1\n"}, ("0002_bad.py", "'revision'"), "migrate"
    ),
    "it follows none that is there": Case(
        revision("0002_bad", "0000_gone"), ("0002_bad", "0000_gone", "not present"), command="migrate"
    ),
    "two of one name": Case(
        {"migrations/versions/copy.py": revision("0001_initial", None)["migrations/versions/0001_initial.py"]},
        ("migrations/versions/copy.py:1:1: ", "0001_initial", "more than once", "of its own"),
        command="migrate",
    ),
    "a circle": Case(
        revision("0002_a", "0003_b") | revision("0003_b", "0002_a"), ("0002_a", "0003_b", "Cycle"), command="migrate"
    ),
    "the database is at none that is there": Case(
        {"migrations/versions/0001_initial.py": None, **revision("0001_other", None)},
        ("0001_initial", "not there"),
        command="migrate",
    ),
    "the database is at none that is there, to compare with it": Case(
        {"migrations/versions/0001_initial.py": None, **revision("0001_other", None)},
        ("0001_initial", "not there"),
        command="makemigrations --against database",
    ),
    "the history is gone": Case(
        {"migrations/versions/0001_initial.py": None}, ("0001_initial", "not there"), command="migrate"
    ),
}

TEMPLATE = "migrations/script.py.mako"
TEMPLATES = {
    "missing": Case({TEMPLATE: None, **NEW}, (TEMPLATE, "No such file")),
    "it is no template": Case({TEMPLATE: "% if x\n", **NEW}, (TEMPLATE, "line: 1")),
    "it fails": Case({TEMPLATE: "${nonsense + 1}\n", **NEW}, (TEMPLATE,)),
    "it gives no Python": Case({TEMPLATE: "def (\n", **NEW}, (TEMPLATE,)),
    "it gives no revision": Case({TEMPLATE: "x = 1\n", **NEW}, (TEMPLATE, "'revision'")),
}

USAGE = {
    "no such command": Case({}, ("Unknown command: 'migrtae'", "Did you mean migrate?"), "migrtae", 2),
    "no such option": Case({}, ("--nonsense",), "migrate --nonsense", 2),
    "too many arguments": Case({}, ("unexpected extra argument",), "migrate 0001 0002", 2),
    "no such state": Case({}, ("'broken'", "drifted"), "showentities --state broken", 2),
    "no such kind": Case({}, ("'veiw'", "Did you mean view?"), "showentities --kind veiw", 2),
    "no such app": Case({}, ("'sales'", "app"), "showentities --app sales", 2),
    "both": Case({}, ("--empty and --merge",), "makemigrations --empty --merge", 2),
}

CASES = {
    f"{title}: {name}": case
    for title, cases in {
        "SQL": SQL,
        "app": APPS,
        "settings": SETTINGS,
        "history": HISTORY,
        "template": TEMPLATES,
        "usage": USAGE,
    }.items()
    for name, case in cases.items()
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_it_is_said_on_one_screen_and_nothing_is_written(
    migrated: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    project = copy(migrated.project, tmp_path / "shop")
    case.spoil(project)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    with untouched(project):
        check(run(project, *case.command.split()), *case.says, code=case.code)
    assert contents(migrated.database) == migrated.contents
    assert scratches(migrated.database.server, name_of(migrated.project)) == []
    assert list((tmp_path / "tmp").iterdir()) == []


def test_traceback_shows_the_stack(migrated: Shop, tmp_path: Path) -> None:
    project = copy(migrated.project, tmp_path)
    project.write({"app/models.py": "raise RuntimeError('the moon is full')"})
    answer = run(project, "showentities", "--traceback")
    assert answer.code == 1
    assert "Traceback (most recent call last)" in answer.err
    assert 'app/models.py", line 1' in answer.err
    assert "RuntimeError: the moon is full" in answer.err


# -- the server -----------------------------------------------------------------------------------------

COMMANDS = ("makemigrations", "migrate", "showentities", "showmigrations")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_refuses(tmp_path: Path, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    project = shop(tmp_path, f"postgresql://somebody@127.0.0.1:{port}/shop")
    with untouched(project):
        check(run(project, command), f"127.0.0.1:{port}/shop: Connection refused", "Is the server running", "url")


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        project = shop(tmp_path, f"postgresql://somebody@127.0.0.1:{port}/shop?connect_timeout=2")
        began = time.monotonic()
        with untouched(project):
            check(run(project, "migrate"), "timeout", "Is the server running")
        assert time.monotonic() - began < 10


def test_a_server_that_is_not_found(tmp_path: Path) -> None:
    for url in ("postgresql://somebody@nowhere.invalid/shop", f"postgresql://somebody@/shop?host={tmp_path}"):
        project = shop(tmp_path / "shop", url)
        with untouched(project):
            check(run(project, "migrate"), "cannot connect to postgresql://somebody@", "Is the server running")


def test_a_scratch_server_that_refuses(migrated: Shop, tmp_path: Path) -> None:
    project = copy(migrated.project, tmp_path)
    with (project.path / "settings.toml").open("a") as file:
        file.write('\n[scratch]\nurl = "postgresql://somebody@127.0.0.1:1/shop"\n')
    with untouched(project, migrated.database):
        check(run(project, "makemigrations"), "127.0.0.1:1/shop", "[scratch]", "--against database")
    assert run(project, "makemigrations", "--against", "database").code == 0
    assert run(project, "showentities").code == 0


def test_a_database_that_is_not_there(server: Server, tmp_path: Path) -> None:
    project = shop(tmp_path, server.url("nowhere"))
    for command in COMMANDS:
        with untouched(project):
            check(run(project, command), 'database "nowhere" does not exist', "Create the database")


def test_a_role_that_is_not_there(database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, url_of(database, "nobody_of_that_name"))
    with untouched(project, database):
        check(run(project, "migrate"), 'role "nobody_of_that_name" does not exist', "create it")


def test_a_wrong_password(database: Database, tmp_path: Path) -> None:
    with role(database, password="right") as somebody:
        assert run(shop(tmp_path / "right", url_of(database, somebody, "right")), "showmigrations").code == 0
        for password in ("wrong", None):
            project = shop(tmp_path / str(password), url_of(database, somebody, password))
            for command in COMMANDS:
                with untouched(project, database):
                    check(run(project, command), "cannot connect to postgresql://", "password", "~/.pgpass")


def test_a_read_only_database(database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, database.url)
    project.make()
    project.migrate()
    project.write(NEW)
    project.make()
    project.write({"app/entities/newer.sql": "create view newer_view as select 1 as n;"})
    database.execute(f'alter database "{database.name}" set default_transaction_read_only = on')
    with untouched(project, database):
        check(run(project, "makemigrations"), "read-only", "[scratch]", "--against database")
        check(run(project, "migrate"), "read-only")
        check(run(project, "migrate", "--fake"), "read-only")
        assert run(project, "showentities").code == 0
        assert run(project, "showmigrations").code == 0
        assert run(project, "migrate", "--plan").code == 0
        assert run(project, "migrate", "--sql").code == 0


def test_a_read_only_database_that_has_no_ledger(database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, database.url)
    project.make()
    database.execute(f'alter database "{database.name}" set default_transaction_read_only = on')
    with untouched(project, database):
        check(run(project, "migrate"), "read-only")
        assert run(project, "showmigrations").out == " [ ] 0001_initial\n"
        assert run(project, "showentities").code == 0


def test_a_role_without_rights(database: Database, tmp_path: Path) -> None:
    owner = shop(tmp_path / "owner", database.url)
    owner.make()
    owner.migrate()
    with role(database) as somebody:
        project = copy(owner, tmp_path / "weak")
        project.write(
            {"settings.toml": (project.path / "settings.toml").read_text().replace("postgres@", f"{somebody}@")}
        )
        project.write(NEW)
        with untouched(project, database):
            # What the message proposes is tried below.
            check(run(project, "makemigrations"), "permission denied", "CREATEDB", "[scratch]", "--against database")
            for command in (["makemigrations", "--against", "database"], ["migrate"], ["showmigrations"]):
                check(run(project, *command), "permission denied for table ", "GRANT")
            check(run(project, "showentities"), "permission denied for table cucurbit_ledger", "GRANT")

        database.execute(f"grant select on cucurbit_ledger, alembic_version to {somebody}")
        assert run(project, "makemigrations", "--against", "database").code == 0
        assert len(project.revisions) == 2
        with untouched(project, database):
            assert "waits in 0002_create_new_view" in run(project, "showentities").out
            check_failure(run(project, "migrate"), "0002_create_new_view", "permission denied for schema public")


def check_failure(answer: Answer, *says: str) -> None:
    """As `check`, for a command that said something before it failed."""
    check(Answer(answer.code, "", answer.err), *says)
    assert "FAILED" in answer.out


def test_another_server_for_scratch_is_enough_for_a_role_without_rights(
    database: Database, server: Server, tmp_path: Path
) -> None:
    with role(database) as somebody, new_database(server) as elsewhere:
        project = Project(
            tmp_path, url_of(database, somebody), settings=f'[scratch]\nurl = "{server.url(elsewhere.name)}"\n'
        )
        project.write({"app/models.py": MODELS, "app/entities/views.sql": VIEW})
        assert run(project, "makemigrations").code == 0


@pytest.mark.parametrize("command", ["migrate", "migrate --fake", "showentities", "showmigrations"])
def test_a_ledger_that_is_somebody_elses_table(database: Database, tmp_path: Path, command: str) -> None:
    project = shop(tmp_path, database.url)
    project.make()
    database.execute("create table cucurbit_ledger (id int); insert into cucurbit_ledger values (1)")
    with untouched(project, database):
        answer = run(project, *command.split())
        check(Answer(answer.code, "", answer.err), "public.cucurbit_ledger is no ledger", "another [ledger] table")


def test_a_database_that_is_behind(database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, database.url)
    project.make()
    with untouched(project, database):
        answer = run(project, "makemigrations", "--against", "database")
        check(answer, "not up to date: 0001_initial is not applied", "manage.py migrate")


# -- migrations -----------------------------------------------------------------------------------------


def test_a_statement_that_the_server_refuses(database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, database.url)
    project.make()
    bad = (
        'op.execute("create table made (i int)"); op.create_entity("create view bad as\\nselect \'50%\' from nowhere")'
    )
    project.write(revision("0002_bad", "0001_initial", bad))
    project.write(revision("0003_never", "0002_bad", 'op.execute("create table never (i int)")'))
    answer = run(project, "migrate")
    check_failure(
        answer,
        "versions/0002_bad.py:9:1: ",
        "in revision 0002_bad",
        'relation "nowhere" does not exist',
        "select '50%'",
    )
    assert "Applying 0001_initial... OK" in answer.out
    assert "0003_never..." not in answer.out

    applied = database.execute("select identity from cucurbit_ledger order by id")
    assert applied == [("public.open_orders",), ("0001_initial",)]
    assert database.execute("select version_num from alembic_version") == [("0001_initial",)]
    assert database.execute("select to_regclass('made'), to_regclass('orders') is not null") == [(None, True)]
    with untouched(project, database):
        check_failure(run(project, "migrate"), "0002_bad")
        check(run(project, "makemigrations"), "0002_bad", 'relation "nowhere" does not exist')


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise ValueError('the moon is full')", "ValueError: the moon is full"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("op.make_view('x')", "make_view"),
        ("op.create_entity('create viw x')", 'syntax error at or near "viw"'),
        ("op.create_entity('create view a as select 1; create view b as select 1')", "one statement is meant"),
        ("op.create_entity('create table a (i int)')", "not a statement that defines an entity"),
        ("op.replace_entity('create view a as select 1', 'create view b as select 1')", "two identities"),
    ],
)
def test_a_migration_that_is_wrong(database: Database, tmp_path: Path, code: str, says: str) -> None:
    project = Project(tmp_path, database.url)
    project.write(revision("0001_bad", None, code))
    with untouched(project):
        answer = run(project, "migrate")
    check(Answer(answer.code, "", answer.err), "migrations/versions/0001_bad.py:9:", says)
    is_there = database.execute("select from pg_class where relname = 'cucurbit_ledger'")
    assert not is_there or database.execute("select count(*) from cucurbit_ledger") == [(0,)]
    with untouched(project, database):
        check(run(project, "makemigrations"), says)


# -- Ctrl-C ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("when", ["the history runs", "the draft is proved"])
def test_an_interrupt_leaves_nothing_behind(database: Database, tmp_path: Path, when: str) -> None:
    """SIGINT while a scratch database is busy: it is dropped, and no file is written."""
    name = f"interrupted {database.name}"
    project = Project(tmp_path, database.url, name=name)
    if when == "the history runs":
        project.write(revision("0001_slow", None, 'op.execute("select pg_sleep(60)")'))
    else:
        project.write({"app/entities/slow.sql": "create materialized view slow as select 1 as n, pg_sleep(60)::text;"})
    with untouched(project, database):
        own = {name: value for name, value in os.environ.items() if not name.startswith(("CUCURBIT_", "DATABASE_URL"))}
        running = subprocess.Popen(
            [sys.executable, "manage.py", "makemigrations"],
            cwd=project.path,
            env={**own, "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_hears_interrupts,  # noqa: PLW1509 - nothing but that is done there
        )
        _wait_for_sleep(database, name)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 1
    assert "Aborted!" in err
    assert "Traceback" not in out + err


def _hears_interrupts() -> None:
    """What a shell has started in the background ignores them, and so do its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for_sleep(database: Database, project: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for scratch in scratches(database.server, project):
            busy = "select 1 from pg_stat_activity where datname = %s and state = 'active' and query like %s"
            if database.execute(busy, scratch, "%pg_sleep(60)%"):
                return
        time.sleep(0.05)
    raise AssertionError("the command does not come so far")
