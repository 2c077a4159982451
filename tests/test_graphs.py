"""The laws of a migration, on random graphs of entities with random changes and marks made by hand (tests/stories.py).

`GRAPHS=1000 pytest tests/test_graphs.py` tries that many, other ones every time. A graph that fails is made as small as
it goes and printed as files, which a folder in tests/cases takes as they are.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tests import graphs, observer, servers
from tests.project import Project
from tests.servers import Database, Server
from tests.stories import stories
from tests.test_production import equal

OURS = ("alembic_version", "cucurbit_ledger")


# Schemas are cheaper to make anew than databases.
CLEAN = """
drop schema public cascade;
create schema public authorization pg_database_owner;
grant usage on schema public to public;
comment on schema public is 'standard public schema';
"""


@dataclass(frozen=True)
class Ground:
    """The database that is migrated, and the one that is made by hand; each story begins with both empty."""

    target: Database
    reference: Database


@pytest.fixture(scope="module")
def ground(server: Server) -> Iterator[Ground]:
    with servers.new_database(server) as target, servers.new_database(server) as reference:
        yield Ground(target, reference)


@settings(
    max_examples=int(os.environ.get("GRAPHS", "8")),
    deadline=None,
    derandomize="GRAPHS" not in os.environ,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(stories())
def test_a_change_of_a_graph_loses_nothing(ground: Ground, story: graphs.Story) -> None:
    assume(story.is_change)
    take_course(ground, story)


def take_course(ground: Ground, story: graphs.Story) -> None:
    """There, with what was made by hand, and back; the judge is pg_dump."""
    database = ground.target
    database.execute(CLEAN)
    with tempfile.TemporaryDirectory() as folder:
        project = Project(Path(folder), database.url)
        _declare(project, story.before)
        project.make(against="database")  # what a first migration makes is proved elsewhere
        project.migrate()
        database.execute(story.production)
        before, unmanaged = _dump(database), project.make(against="database", write=False).lines

        _declare(project, story.after)
        made = project.make()
        assert made.verified is not None
        project.migrate()
        equal(_reference(ground.reference, graphs.by_hand(story.after) + story.production), _dump(database))
        assert project.make(against="database", write=False).lines == unmanaged

        project.migrate(f"-{len(made.paths)}")
        equal(before, _dump(database))


def _declare(project: Project, graph: graphs.Graph) -> None:
    project.write({"app/models.py": graphs.models(graph), "app/entities/all.sql": graphs.entities(graph)})


def _reference(database: Database, script: str) -> str:
    database.execute(CLEAN)
    database.execute(script)
    return _dump(database)


def _dump(database: Database) -> str:
    return observer.dump(database, OURS)
