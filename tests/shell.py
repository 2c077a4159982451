"""The command line as a user meets it: what it answers, and what it leaves on disk and in the database."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from click.testing import CliRunner

from cucurbit.commands import commands
from cucurbit.errors import SettingsError
from tests import observer
from tests.project import Project
from tests.servers import Database, Server


@dataclass(frozen=True)
class Answer:
    """What a command says, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()


def run(project: Project, *args: str, **environment: str) -> Answer:
    """`python manage.py …` in this process, which is quick."""
    with _at_work(project):
        runner = CliRunner(env=dict(environment))
        result = runner.invoke(commands, list(args), prog_name="manage.py", obj=str(project.path))
    return Answer(result.exit_code, result.stdout, result.stderr)


@contextmanager
def _at_work(project: Project) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(project.at_work())
        except SettingsError:  # then no command comes so far that it imports an app
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            patch.chdir(project.path)
            for name in [name for name in os.environ if name == "DATABASE_URL" or name.startswith("CUCURBIT_")]:
                patch.delenv(name)
        yield


def spawn(project: Project, *args: str, **environment: str) -> Answer:
    """`python manage.py …` in a process of its own."""
    done = project.manage(*args, **environment)
    return Answer(done.returncode, done.stdout, done.stderr)


def height(text: str, width: int = 80) -> int:
    """The lines that a message takes on a screen of that width, with `Error: ` before it."""
    return sum(1 + (len(line) - 1) // width for line in f"Error: {text}".splitlines())


def files(project: Project) -> dict[str, str]:
    """Every file of the project, with a digest of what is in it."""
    found = (path for path in project.path.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(project.path)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def contents(database: Database, table: str = "cucurbit_ledger") -> tuple[str, object, object]:
    """The schema of a database, and the rows of the ledger and of Alembic's version table, None where there is none."""
    return observer.dump(database), rows(database, table), rows(database, "alembic_version")


def rows(database: Database, table: str) -> list[tuple[object, ...]] | None:
    """Whole rows of a table as text, None where it is not there."""
    if database.execute("select to_regclass(%s)", table) == [(None,)]:
        return None
    return sorted(database.execute(f"select t::text from {table} t"))


def scratches(server: Server, name: str) -> list[str]:
    """The scratch databases of the project of that name which are in use or were left behind; some are kept."""
    prefix = f"cucurbit_scratch_{hashlib.sha256(name.encode()).hexdigest()[:8]}_"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        found = connection.execute("select datname from pg_database where starts_with(datname, %s)", [prefix])
        return [name for (name,) in found if not name.startswith((f"{prefix}t_", f"{prefix}m_"))]


@contextmanager
def untouched(project: Project, database: Database | None = None) -> Iterator[None]:
    """A block that is to write nothing: no file, no row, no object, and leave no scratch database."""
    before = files(project), contents(database) if database else None
    left = scratches(database.server, name_of(project)) if database else []  # by a test that kills processes
    yield
    assert (files(project), contents(database) if database else None) == before
    if database:
        assert set(scratches(database.server, name_of(project))) <= set(left)


def name_of(project: Project) -> str:
    """What the project is called in its settings."""
    with project.at_work() as settings:
        return settings.name


@contextmanager
def role(database: Database, attributes: str = "", *, password: str | None = None) -> Iterator[str]:
    """A role that may log in, dropped at the end with all that it owns or may do in the database.

    With a password the server asks it for that; it trusts all others.
    """
    made = f"{'asked' if password else 'role'}_{uuid4().hex[:12]}"
    secret = f" password '{password}'" if password else ""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"create role {made} login {attributes}{secret}".encode())
        if password:
            _ask_for_passwords(database.server, made)
        try:
            yield made
        finally:
            owned = "select datname from pg_database where datdba = %s::regrole"
            for (scratch,) in connection.execute(owned, [made]).fetchall():
                connection.execute(f'drop database "{scratch}" with (force)'.encode())
            connection.execute(f"drop owned by {made}".encode())
            connection.execute(f"drop role {made}".encode())


def url_of(database: Database, role: str, password: str | None = None) -> str:
    """The URL by which a role reaches a database of the tests."""
    return database.url.replace("postgres@", f"{role}{f':{password}' if password else ''}@", 1)


def _ask_for_passwords(server: Server, role: str) -> None:
    """Have the server, which trusts everybody, ask roles whose name begins with `asked_`."""
    rule = 'local all "/^asked_" scram-sha-256\n'
    configuration = server.directory / "pg_hba.conf"
    with _alone(server.directory / "pg_hba.lock"):
        text = configuration.read_text()
        if not text.startswith(rule):
            configuration.write_text(rule + text)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with psycopg.connect(server.url()) as connection:
            connection.execute("select pg_reload_conf()")
        try:
            psycopg.connect(server.url().replace("postgres@", f"{role}:wrong@", 1)).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.05)
    raise AssertionError("the server does not ask for a password")


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # freed when the file is closed
        yield
