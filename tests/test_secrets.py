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
    "checkdrift",
    "checkdrift --format json",
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


# -- foreign servers and subscriptions ---------------------------------------------------------------------------------

HAVING_SECRETS = (
    f"create user mapping for public server archive options (user 'reader', password '{PIECE}')",
    f"create user mapping for public server archive options (sslpassword $q${PIECE}$q$)",
    f"create user mapping for public server archive options (user 'reader', password {PIECE})",
    f"create user mapping for public server archive options (password '{PIECE}' 'twice')",
    f"alter user mapping for public server archive options (set password '{PIECE}')",
    f"create server billing foreign data wrapper plain options (api_key '{PIECE}')",
    f"create server billing foreign data wrapper plain options (address 'https://reader:{PIECE}@billing.invalid/')",
    f"create foreign data wrapper billing options (secret '{PIECE}')",
    f"create foreign table bills (id integer) server archive options (auth_token '{PIECE}')",
    f"create subscription s connection 'host=db.invalid password={PIECE}' publication p with (connect = false)",
    f"create subscription s connection 'postgresql://reader:{PIECE}@db.invalid' publication p with (connect = false)",
    f"create subscription s connection 'password={PIECE}' publication p",
    f"create subscription s connection 'password={PIECE}' to p",
)


def test_in_a_declaration(database: Database, tmp_path: Path) -> None:
    """It is refused, and not told again."""
    project = shop(tmp_path, database.url)
    for sql in HAVING_SECRETS:
        code = f'from cucurbit import Entity\n\nmade = Entity.from_sql(\n    """{sql}"""\n)\n'
        for file, text, options in (("archive.sql", sql, []), ("archive.py", code, ["--traceback"])):
            project.write({f"app/entities/{file}": text})
            answer = run(project, "makemigrations", *options)
            assert answer.code == 1, sql
            assert PIECE not in answer.text
            assert f"app/entities/{file}:" in answer.err
            project.write({f"app/entities/{file}": None})
    assert [p for p in project.path.rglob("*") if p.is_file() and PIECE.encode() in p.read_bytes()] == []


ARCHIVE = """
create foreign data wrapper plain;
create server archive type 'old' foreign data wrapper plain options (host 'db.invalid');
create user mapping for public server archive options (user 'reader');
create foreign table archived (id integer) server archive;
"""
BY_HAND = f"""
alter user mapping for public server archive options (add password '{PIECE}');
alter server archive options (add address 'https://reader:{PIECE}@db.invalid/');
alter foreign table archived options (add auth_token '{PIECE}');
"""
SET_BY_HAND = """
select array[m.umoptions::text, s.srvoptions::text, t.ftoptions::text]
  from pg_user_mapping m join pg_foreign_server s on s.oid = m.umserver join pg_foreign_table t on t.ftserver = s.oid
"""


def test_set_by_hand(database: Database, tmp_path: Path) -> None:
    """It is no drift, survives what is changed, and keeps from being made anew what would lose it."""
    project = shop(tmp_path, database.url)
    project.write({"app/entities/archive.sql": ARCHIVE})
    project.make(), project.migrate()
    database.execute(BY_HAND)
    assert set(project.states().values()) == {"applied"}

    changed = (
        ARCHIVE.replace("'reader'", "'other'").replace("db.invalid", "new.invalid").replace("(id ", "(note text, id ")
    )
    project.write({"app/entities/archive.sql": changed.replace("(note text, id integer)", "(id integer, note text)")})
    for command in ("makemigrations", "migrate --sql", "migrate", "showentities --all --diff", "migrate -1", "migrate"):
        answer = run(project, *command.split())
        assert answer.code == 0, answer.text
        check_printed(project, answer)
    ((options,),) = database.execute(SET_BY_HAND)
    assert [PIECE in text for text in options] == [True, True, True]
    assert "user=other" in options[0]
    assert "host=new.invalid" in options[1]

    for wanted, what in ((changed, "foreign table archived"), (changed.replace("'old'", "'new'"), "archive")):
        project.write({"app/entities/archive.sql": wanted})
        assert run(project, "makemigrations").code == 0
        answer = run(project, "migrate", "--traceback")
        assert answer.code == 1
        assert f"{what} is to be made anew, and would lose the option" in answer.err
        check_printed(project, answer)
        assert database.execute(SET_BY_HAND) == [(options,)]
        project.revisions[-1].unlink()
    ledger = contents(database)[1]
    assert PIECE not in str(ledger)


def check_printed(project: Project, answer: Answer) -> None:
    """Nothing was printed, and no file has it."""
    assert PIECE not in answer.text
    assert [path for path in project.path.rglob("*") if path.is_file() and PIECE.encode() in path.read_bytes()] == []
