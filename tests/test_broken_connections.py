"""A connection that breaks, at any statement of any command: what is told, and what is left.

The server ends the session, or the socket goes: before a statement, before COMMIT, and after it, before its answer.
`BREAKS=all pytest tests/test_broken_connections.py` breaks at every statement, and not at a few.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from tests.project import Project
from tests.servers import Database, Server, new_database
from tests.shell import Answer, contents, files, run, scratches

FEW = 4  # breaks of a command, spread over its statements; and its last ones

MODELS = """
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
"""
VIEWS = """
create view open_orders as select id from orders;
create materialized view stored as select id from open_orders;
"""

Break = Callable[[Any], None]


def terminated(connection: Any) -> None:
    """As by an administrator, or by a server that is shut down."""
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s, 5000)", [connection.info.backend_pid])


def cut(connection: Any) -> None:
    """As by a network, or by a server that is killed."""
    with socket.socket(fileno=os.dup(connection.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)


def unanswered(connection: Any) -> None:
    """The server gets the COMMIT, and the answer does not come."""
    ours, theirs = socket.socketpair()
    wire = socket.socket(fileno=os.dup(connection.fileno()))
    ours.setblocking(False)
    wire.setblocking(True)
    os.dup2(ours.fileno(), connection.fileno())
    ours.close()

    def carry() -> None:
        with wire, theirs:
            wire.sendall(theirs.recv(1_000))
            wire.recv(1_000)

    Thread(target=carry, daemon=True).start()


@contextmanager
def breaking(at: int | None, how: Break = terminated, *, only: str | None = None) -> Iterator[list[str]]:
    """A block whose connections, or those to one database, break right before the statement of that number.

    `at` None breaks none. The statements are counted with the COMMITs; they are what is yielded.
    """
    seen: list[str] = []

    def look(connection: Any, statement: str) -> None:
        if only is None or connection.info.dbname == only:
            seen.append(statement)
            if len(seen) - 1 == at:
                how(connection)

    def before(connection: Connection, cursor: Any, statement: str, *others: Any) -> None:
        look(cursor.connection, statement)

    def commit(connection: Connection) -> None:
        look(connection.connection.driver_connection, "COMMIT")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "commit", commit)


def some(count: int) -> list[int]:
    """Positions among so many statements."""
    if os.environ.get("BREAKS"):
        return list(range(count))
    return sorted({*range(0, count, max(1, count // FEW)), *range(max(0, count - 2), count)})


def check(answer: Answer, *says: str) -> None:
    """One screen, no stack."""
    assert answer.code == 1, answer.text
    assert "Traceback" not in answer.text
    assert "Unexpected error" not in answer.text, answer.text
    assert len(answer.lines) <= 24, answer.text
    assert answer.err.startswith("Error: "), answer.text
    for text in says:
        assert text in answer.err, answer.text


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three revisions."""
    with new_database(server) as database:
        project = Project(tmp_path_factory.mktemp("shop"), database.url, name="broken connections")
        project.write({"app/models.py": MODELS, "app/entities/views.sql": VIEWS})
        project.make("initial")
        project.write({"app/models.py": MODELS + "    total: Mapped[int | None]\n"})
        project.make("total")
        project.write({"app/entities/more.sql": "create view more as select total from orders;"})
        project.make("more")
    return project


def use(project: Project, database: Database) -> None:
    """The project on another database."""
    text = (project.path / "settings.toml").read_text()
    head, _, _ = text.partition("[databases.default]")
    project.write({"settings.toml": f'{head}[databases.default]\nurl = "{database.url}"\n'})


def states(project: Project, server: Server, path: list[str]) -> list[tuple[str, Any]]:
    """The schema, and Alembic's revision, before and after each step."""
    with new_database(server) as undisturbed:
        use(project, undisturbed)
        found = []
        for target in path:
            project.migrate(target)
            found.append(state(undisturbed))
    return found


def state(database: Database) -> tuple[str, Any]:
    dump, _, version = contents(database)
    return dump, version


UP = ["zero", "0001", "0002", "0003"]


def ledger_of(database: Database) -> list[Any]:
    """The newest row of each revision and entity."""
    return database.execute(
        "select distinct on (kind, identity) kind, identity, action, hash from cucurbit_ledger"
        " order by kind, identity, id desc"
    )


def test_migrate(project: Project, server: Server) -> None:
    names = [file.stem for file in project.revisions]
    known = states(project, server, UP)
    with new_database(server) as database:
        use(project, database)
        with breaking(None, only=database.name) as seen:
            assert run(project, "migrate").code == 0
        statements, end = list(seen), ledger_of(database)
    commits = [at for at, statement in enumerate(statements) if statement == "COMMIT"][-3:]
    points = [(at, unanswered) for at in commits] + [(commits[-1], terminated)]
    for at, how in [*((at, cut if at % 2 else terminated) for at in some(len(statements))), *points]:
        with new_database(server) as database:
            use(project, database)
            with breaking(at, how, only=database.name):
                answer = run(project, "migrate")
            check(answer, "connection")
            if database.execute("select to_regclass('alembic_version')") != [(None,)]:
                dump, version = state(database)
                applied = len((version and names[: names.index(version[0][0].strip('()"')) + 1]) or [])
                if applied:  # else there may be an empty ledger, and Alembic's empty table
                    assert (dump, version) == known[applied]
                else:
                    assert database.execute("select to_regclass('orders')") == [(None,)]
            else:
                applied = 0
            if "the lock that keeps others from migrating was lost" in answer.err:
                assert "What was not finished is rolled back" in answer.err
                continue
            told = Told(answer, names)
            assert set(told.applied) <= set(names[:applied]), (at, statements[at], answer.text)
            if statements[at] == "COMMIT" and told.unknown:
                assert told.applied + told.unknown == names[: len(told.applied) + 1]
                assert "showmigrations" in answer.err
            else:
                assert told.applied == names[:applied], (at, statements[at], answer.text)
                assert told.unknown == []
            assert run(project, "migrate").code == 0
            assert state(database) == known[-1]
            assert ledger_of(database) == end


class Told:
    """What the error says of revisions."""

    def __init__(self, answer: Answer, names: list[str]) -> None:
        said = {line.partition(": ")[0]: line.partition(": ")[2] for line in answer.err.splitlines()}
        self.applied = [name for name in names if name in said.get("Applied", "")]
        self.back = [name for name in names if name in said.get("Rolled back", "")]
        self.unknown = [name for name in names if name in said.get("Not known", "")]


LOOKING = (
    "showentities --all --diff",
    "showmigrations",
    "migrate --plan",
    "makemigrations --against database",
    "refreshviews",
)


@pytest.mark.parametrize("command", LOOKING)
def test_looking_and_refreshing(project: Project, server: Server, command: str) -> None:
    with new_database(server) as database:
        use(project, database)
        project.migrate()
        with breaking(None) as seen:
            assert run(project, *command.split()).code == 0
        before = contents(database), files(project)
        for at in some(len(seen)):
            for how in (terminated, cut) if at % 2 else (terminated,):
                with breaking(at, how):
                    check(run(project, *command.split()), "connection")
                assert (contents(database), files(project)) == before


def test_making(project: Project, server: Server) -> None:
    """On the scratch databases; no file is written."""
    with new_database(server) as database:
        use(project, database)
        project.migrate()
        project.write({"app/entities/most.sql": "create view most as select total from orders;"})
        assert run(project, "makemigrations", "--dry-run").code == 0  # from here on there is a template
        with breaking(None) as seen:
            assert run(project, "makemigrations", "--dry-run").code == 0
        before = contents(database), files(project)
        for at in some(len(seen)):
            with breaking(at, cut if at % 2 else terminated):
                answer = run(project, "makemigrations")
            if answer.code == 0:  # all was done by then but to drop a database, which another connection has done
                project.revisions[-1].unlink()
            else:
                check(answer, "the connection to a", "broke: ")
            assert (contents(database), files(project)) == before
            assert scratches(server, "broken connections") == []
        project.write({"app/entities/most.sql": None})
