"""Passwords in statements that somebody wrote into a revision, in URLs that are odd, and in logs that are loud."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.project import Project
from tests.servers import Database
from tests.shell import Answer, contents, role, run, url_of
from tests.test_bad_input import revision
from tests.test_secrets import IN_THE_URL, MODELS, PASSWORD, PIECE

ROLE = "cucurbit_leaks"

# Each fails; what the server, or the driver, says of some has the password in it.
FAILING = (
    f"create role {ROLE} login password '{PIECE}' in role nobody_of_that_name",
    f"create role {ROLE} login password {PIECE}",
    f"create role {ROLE} login password \"{PIECE}\"",
    f"create user {ROLE} with encrypted password $x${PIECE}$x$ nonsense",
    f"alter role nobody_of_that_name password '{PIECE}'",
    f"alter user nobody_of_that_name with password E'{PIECE}\\\\n'",
    f"create user mapping for nobody_of_that_name server nowhere options (user 'a', password '{PIECE}')",
    f"create server s foreign data wrapper nowhere options (password '{PIECE}')",
    f"create subscription s connection 'host=nowhere.invalid password={PIECE}' publication p",
    f"alter subscription nowhere connection 'postgresql://reader:{PIECE}@db.invalid/x'",
    f"do $$ begin execute 'create role {ROLE} password ''{PIECE}'' nonsense'; end $$",
    f"select dblink_connect('host=nowhere.invalid password={PIECE}')",
    f"insert into orders (id, password) values (null, '{PIECE}')",
    f"update orders set password = '{PIECE}' where nonsense",
    f"set role.password = '{PIECE}' nonsense",
    f"-- the password is:\ncreate role {ROLE}\n  login\n  password\n  '{PIECE}'\n  nonsense",
)  # fmt: skip

COMMANDS = (
    *("migrate", "migrate --traceback", "migrate --plan", "migrate --fake", "migrate zero", "showmigrations"),
    *(
        "makemigrations",
        "makemigrations --traceback",
        "makemigrations --dry-run --no-verify",
        "showentities --all --diff",
    ),
    *("showentities --format json", "refreshviews", "makemigrations --against database"),
)


@pytest.fixture(autouse=True)
def loud(caplog: pytest.LogCaptureFixture) -> None:
    """Every logger tells all that it knows."""
    caplog.set_level(logging.DEBUG)
    for name in ("sqlalchemy", "sqlalchemy.engine", "sqlalchemy.engine.Engine", "alembic", "psycopg", "cucurbit"):
        caplog.set_level(logging.DEBUG, name)


def shop(path: Path, url: str) -> Project:
    project = Project(path, url, name="leaks")
    project.write({"app/models.py": f"{MODELS}    password: Mapped[str]\n", "app/entities/__init__.py": ""})
    project.make("initial")
    return project


def check(answer: Answer, caplog: pytest.LogCaptureFixture, *where: object) -> None:
    for found in (answer.text, caplog.text, str([record.__dict__ for record in caplog.records]), *map(str, where)):
        assert PIECE not in found, found[max(0, found.index(PIECE) - 600) : found.index(PIECE) + 100]


def test_in_a_revision_that_fails(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    project = shop(tmp_path, database.url)
    project.migrate()
    for statement in FAILING:
        project.write(revision("0002_secret", "0001_initial", f"op.execute({statement!r})"))
        more = ["makemigrations --traceback"] if statement in FAILING[:2] else []
        for command in ("migrate", "migrate --traceback", *more):
            answer = run(project, *command.split())
            assert answer.code == 1, (statement, answer.text)
            assert "Unexpected" not in answer.text
            check(answer, caplog, contents(database))
            caplog.clear()


def test_in_a_revision_that_works(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Only its own file has it, and the script that is asked for."""
    project = shop(tmp_path, database.url)
    made = f"do $$ begin if false then create role {ROLE} login password '{PIECE}'; end if; end $$"
    project.write(revision("0002_secret", "0001_initial", f"op.execute({made!r})"))
    project.write({"app/entities/new.sql": "create view new as select id from orders;"})
    for command in COMMANDS:
        check(run(project, *command.split()), caplog, contents(database))
    having = [path.name for path in project.path.rglob("*") if path.is_file() and PIECE.encode() in path.read_bytes()]
    assert having == ["0002_secret.py"]


URLS = (
    f"postgresql://reader:p@{PIECE}@127.0.0.1:1/shop",
    f"postgresql://reader:p@{PIECE}@nowhere.invalid/shop",
    f"postgresql://reader:p/{PIECE}?x#y@127.0.0.1:1/shop",
    f"postgresql://reader:{PIECE}:x@127.0.0.1:1/shop",
    f"postgresql://reader:{PIECE}",
    f"postgresql://reader:{PIECE}/shop",
    f"postgresql://127.0.0.1:1/shop?user=reader&password={PIECE}&password={PIECE}",
    f"postgresql://127.0.0.1:1/shop?passwrod={PIECE}",
    f"postgresql://127.0.0.1:1/shop?PASSWORD={PIECE}",
    f"postgresql://127.0.0.1:1/shop?sslkey=/nowhere&sslpassword={PIECE}",
    f"postgresql://127.0.0.1:1/shop?options=-c%20a.password%3D{PIECE}",
    f"postgresql://127.0.0.1:1/shop?oauth_client_secret={PIECE}",
    f"postgresql://reader%3A{PIECE}@127.0.0.1:1/shop",
    f"postgresql:// reader:{PIECE}@127.0.0.1:1/shop",
    f" postgresql://reader:{PIECE}@127.0.0.1:1/shop",
    f"host=127.0.0.1 password={PIECE}",
    f"jdbc:postgresql://127.0.0.1:1/shop?password={PIECE}",
)


@pytest.mark.parametrize("url", URLS)
def test_in_a_url_that_is_odd(tmp_path: Path, url: str, caplog: pytest.LogCaptureFixture) -> None:
    project = Project(tmp_path, url)
    project.write({"app/models.py": MODELS})
    for command in ("migrate", "makemigrations --traceback", "showentities"):
        answer = run(project, *command.split())
        assert answer.code == 1
        check(answer, caplog)
    elsewhere = Project(tmp_path / "elsewhere", "postgresql://127.0.0.1:1/shop", settings=f"[scratch]\nurl = '{url}'\n")
    for given in ({"DATABASE_URL": url}, {"CUCURBIT_SCRATCH__URL": url}, {"CUCURBIT_DATABASES__DEFAULT__URL": url}, {}):
        check(run(elsewhere, "makemigrations", "--traceback", **given), caplog)
        check(run(elsewhere, "migrate", "--database", url, **given), caplog)


def test_from_where_libpq_has_it(database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """PGPASSWORD and a password file, right and wrong."""
    with role(database, "createdb superuser", password=PASSWORD) as somebody:
        project = Project(tmp_path, url_of(database, somebody), name="leaks")
        project.write({"app/models.py": MODELS, "app/entities/ids.sql": "create view ids as select id from orders;"})
        passfile = tmp_path / "passfile"
        for password, code in ((PASSWORD, 0), (f"{PIECE} wrong", 1)):
            passfile.write_text(f"*:*:*:*:{password}\n")
            passfile.chmod(0o600)
            for given in ({"PGPASSWORD": password}, {"PGPASSFILE": str(passfile)}):
                for command in (
                    "makemigrations",
                    "migrate",
                    "showentities --diff",
                    "makemigrations --against database",
                ):
                    answer = run(project, *command.split(), **given)
                    assert answer.code == code, answer.text
                    check(answer, caplog, contents(database))
        check(run(project, "showentities", "--diff", DATABASE_URL=url_of(database, somebody, IN_THE_URL)), caplog)


DECLARED = (
    f"create role {ROLE} login password '{PIECE}';",
    f"create user {ROLE} password $x${PIECE}$x$;",
    f"create role {ROLE} login password {PIECE};",
    f"create user mapping for public server s options (password '{PIECE}');",
)


@pytest.mark.parametrize("sql", DECLARED)
def test_in_a_declaration(database: Database, tmp_path: Path, sql: str, caplog: pytest.LogCaptureFixture) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/entities/a.sql": sql})
    for command in ("makemigrations", "makemigrations --traceback", "showentities"):
        answer = run(project, *command.split())
        assert answer.code == 1
        check(answer, caplog)
