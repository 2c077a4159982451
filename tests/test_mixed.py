"""A large mixed schema goes all the way: made, everything in it changed, dropped, and back."""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from cucurbit.actions import show
from cucurbit.database import catalog
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.sql.parse import split
from tests import mixed, observer, servers
from tests.project import Project
from tests.servers import Database
from tests.test_cases import NO_TABLES, dump, dump_of_nothing, for_sqlalchemy

ROLE = f"cucurbit_mixed_{os.getpid()}"  # roles are the server's, which other tests use as well

# What it cannot have: a label needs a provider, which PostgreSQL comes without.
LEFT_OUT = {"security label"}


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    return Project(tmp_path, database.url)


def test_everything_is_made_changed_dropped_and_back(project: Project, database: Database) -> None:
    nothing = dump_of_nothing(database.server.name)
    _declare(project, changed=False)
    _apply(project)
    made = dump(database)
    assert _kinds(project) == all_kinds().keys() - LEFT_OUT
    _is_all_handled(project)
    _catalogs_make_the_same_again(project, database)

    _declare(project, changed=True)
    revisions = _apply(project)
    changed = dump(database)
    project.migrate(f"-{revisions}")
    assert observer.difference(made, dump(database)) == ""
    project.migrate()
    assert observer.difference(changed, dump(database)) == ""

    project.write({"app/models.py": NO_TABLES, "app/entities/all.sql": ""})
    _apply(project, verify=False)
    assert observer.difference(nothing, dump(database)) == ""
    project.migrate("-1")
    assert observer.difference(changed, dump(database)) == ""


def _declare(project: Project, *, changed: bool) -> None:
    statements = mixed.statements(changed=changed, role=ROLE)
    project.write(
        {"app/models.py": mixed.models(changed=changed), "app/entities/all.sql": ";\n".join(statements) + ";\n"}
    )


def _apply(project: Project, *, verify: bool = True) -> int:
    """makemigrations and migrate, after which all is applied and nothing left; returns how many revisions it took."""
    made = project.make(verify=verify)
    project.migrate()
    assert {name: state for name, state in project.states().items() if state != "applied"} == {}
    assert project.make(against="database").lines == []
    return len(made.paths)


def _kinds(project: Project) -> set[str]:
    with project.at_work() as settings:
        return {shown.identity.kind for shown in show.show(settings).entities}


def _is_all_handled(project: Project) -> None:
    with project.at_work() as settings:
        assert show.show(settings, everything=True).unhandled == []


def _catalogs_make_the_same_again(project: Project, database: Database) -> None:
    """What the catalog has of the entities makes, on another database, entities of which it has the same."""
    declared = set(project.states())
    there = {identity: text for identity, text in _snapshot(database).items() if str(identity) in declared}
    for identity, text in there.items():
        first, *_ = split(text, str(identity))
        assert Entity.from_sql(first.sql).identity == identity
    own = {identity: text for identity, text in there.items() if not all_kinds()[identity.kind].is_shared}
    with servers.new_database(database.server) as other, project.at_work():
        engine = create_engine(for_sqlalchemy(other))
        with engine.begin() as connection:
            schemas = [text for text in own.values() if text.startswith("CREATE SCHEMA")]
            _make(connection, schemas)
            import_module("app.models").Base.metadata.create_all(connection)
            left = _make(connection, [text for text in own.values() if text not in schemas])
        engine.dispose()
        here = _snapshot(other)
    # What another one's definition has made already cannot be made again; but what is there is to be the same.
    assert {str(i): (here.get(i), text) for i, text in own.items() if here.get(i) != text} == {}, left


def _snapshot(database: Database) -> dict[Identity, str]:
    engine = create_engine(for_sqlalchemy(database))
    with engine.connect() as connection:
        found = {identity: definition.sql or "" for identity, definition in catalog.snapshot(connection).items()}
    engine.dispose()
    return found


def _make(connection: Connection, texts: list[str]) -> list[tuple[str, str]]:
    """Run what can be run, again and again as long as that gets on; returns what cannot, and why."""
    waiting, before = texts, -1
    left: list[tuple[str, str]] = []
    while len(waiting) != before:
        before, left = len(waiting), []
        for text in waiting:
            try:
                with connection.begin_nested():
                    for statement in split(text, "catalog"):
                        connection.exec_driver_sql(statement.sql, execution_options={"no_parameters": True})
            except DBAPIError as error:
                left.append((text, str(error.orig)))
        waiting = [text for text, _ in left]
    return left
