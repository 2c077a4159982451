"""A password stays where the user put it: no command prints it, and none writes it anywhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.project import Project
from tests.servers import Database
from tests.shell import Answer, contents, role, run, url_of

# As it is, and as a URL has it; and a piece that every spelling has.
PASSWORD = "hunter2-Zx9^%"
IN_THE_URL = "hunter2-Zx9%5E%25"
PIECE = "hunter2-Zx9"

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
"""

COMMANDS = (
    "makemigrations --dry-run",
    "makemigrations --format json",
    "migrate --plan",
    "migrate --sql",
    "migrate",
    "makemigrations --against database",
    "makemigrations --merge",
    "showmigrations --format json",
    "showentities --all --diff",
    "showentities --format json",
    "migrate 9999",
    "migrate --database other",
    "migrate zero",
    "migrate --fake",
)


@pytest.fixture
def owner(database: Database) -> Iterator[str]:
    """The database's owner, who may make scratch databases, and whom the server asks for a password."""
    with role(database, "createdb", password=PASSWORD) as somebody:
        database.execute(f'alter database "{database.name}" owner to {somebody}')
        yield somebody
        database.execute(f'alter database "{database.name}" owner to postgres')


def shop(path: Path, url: str, settings: str = "") -> Project:
    project = Project(path, url, settings=settings)
    project.write({"app/models.py": MODELS, "app/entities/ids.sql": "create view ids as select id from orders;"})
    return project


def check(project: Project, answer: Answer) -> None:
    """Nothing was printed, and only the settings have it."""
    assert PIECE not in answer.text
    having = [path.name for path in project.path.rglob("*") if path.is_file() and PIECE.encode() in path.read_bytes()]
    assert having == ["settings.toml"]


def test_with_the_right_password(owner: str, database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, url_of(database, owner, IN_THE_URL))
    for command in COMMANDS:
        answer = run(project, *command.split())
        check(project, answer)
        assert "Unexpected error" not in answer.text, answer.text
    assert run(project, "showentities", "--check").code == 1  # migrate --fake made nothing
    assert PIECE not in str(contents(database))
    assert PIECE not in str(database.execute("select datname, shobj_description(oid, 'pg_database') from pg_database"))


@pytest.mark.parametrize("traceback", [[], ["--traceback"]])
def test_with_a_wrong_password(owner: str, database: Database, tmp_path: Path, traceback: list[str]) -> None:
    project = shop(tmp_path, url_of(database, owner, f"{PIECE}-wrong"))
    for command in COMMANDS:
        if "--merge" in command or "other" in command or command == "migrate 9999":
            continue  # they are over before the server is asked
        answer = run(project, *command.split(), *traceback)
        check(project, answer)
        assert answer.code == 1
        assert "password authentication failed" in answer.err


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://somebody:{PIECE}@127.0.0.1:1/shop",
        f"postgresql://somebody@127.0.0.1:1/shop?password={PIECE}",
        f"postgresql://somebody@127.0.0.1:1/shop?sslpassword={PIECE}",
        f"postgresql://somebody:{PIECE}@nowhere.invalid/shop",
        f"postgresql://somebody:{PIECE}@127.0.0.1:port/shop",
        f"postgresql://somebody:{PIECE}@[::1/shop",
        f"postgresql:/somebody:{PIECE}@127.0.0.1/shop",
        f"mysql://somebody:{PIECE}@127.0.0.1/shop",
        f"somebody:{PIECE}",
    ],
)
def test_where_there_is_no_such_server(tmp_path: Path, url: str) -> None:
    project = shop(tmp_path, url)
    for command in ("makemigrations", "migrate", "showentities --traceback", "showmigrations"):
        answer = run(project, *command.split())
        assert answer.code == 1
        check(project, answer)


def test_in_settings_that_are_wrong(tmp_path: Path) -> None:
    """An error of the settings names keys, not values."""
    for wrong in (
        f'\n[scratch]\nulr = "postgresql://somebody:{PIECE}@127.0.0.1/shop"\n',
        f'\n[databases.other]\npassword = "{PIECE}"\n',
        f'\n[databases]\nother = "postgresql://somebody:{PIECE}@127.0.0.1/shop"\n',
        f"\n[scratch]\nurl = postgresql://somebody:{PIECE}@127.0.0.1/shop\n",
        f'\n[scratch]\nurl = ["{PIECE}"]\n',
    ):
        project = shop(tmp_path / "shop", "postgresql://somebody@127.0.0.1:1/shop", wrong)
        for command in ("migrate", "migrate --traceback"):
            answer = run(project, *command.split())
            assert answer.code == 1
            check(project, answer)


def test_in_the_environment(owner: str, database: Database, tmp_path: Path) -> None:
    project = shop(tmp_path, "postgresql://somebody@127.0.0.1:1/shop")
    for command in ("makemigrations", "migrate", "showentities"):
        answer = run(project, *command.split(), DATABASE_URL=url_of(database, owner, IN_THE_URL))
        assert answer.code == 0, answer.text
        assert PIECE not in answer.text
    for variable in ("CUCURBIT_DATABASES", "CUCURBIT_SCRATCH__ULR", "CUCURBIT_SECRET", "CUCURBIT_SCRATCH"):
        answer = run(project, "migrate", "--traceback", **{variable: f'{{"x": "{PIECE}"'})
        assert answer.code == 1
        assert PIECE not in answer.text
    files = [path for path in project.path.rglob("*") if path.is_file()]
    assert [path.name for path in files if PIECE.encode() in path.read_bytes()] == []
