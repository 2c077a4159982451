"""The laws of a migration, on random graphs of entities with random changes and marks made by hand (tests/stories.py).

`GRAPHS=1000 pytest tests/test_graphs.py` tries that many, other ones every time; four of them are in one database, and
change in one migration. What fails is made as small as it goes and printed as files, which a folder in tests/cases
takes as they are.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from cucurbit.planning.rename import Answers
from tests import graphs, observer, servers
from tests.project import Project
from tests.servers import Database, Server
from tests.stories import forests
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


TOGETHER = 4
GRAPHS = int(os.environ.get("GRAPHS", "12"))


@settings(
    max_examples=-(-GRAPHS // TOGETHER),
    deadline=None,
    derandomize="GRAPHS" not in os.environ,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
@given(forests(TOGETHER))
def test_a_change_of_a_graph_loses_nothing(ground: Ground, story: graphs.Story) -> None:
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
        before = _dump(database)

        _declare(project, story.after)
        made = project.make(answers=Answers(renamed=story.answers), require_answers=False)
        assert made.verified is not None
        project.migrate()
        equal(_reference(ground.reference, graphs.by_hand(story.after) + story.production_after), _dump(database))
        lines = project.make(against="database", write=False).lines
        assert lines == [], lines

        project.migrate(f"-{len(made.paths)}")
        equal(before, _dump(database))


def _declare(project: Project, graph: graphs.Graph) -> None:
    project.write({"app/models.py": graphs.models(graph), "app/entities/all.sql": graphs.entities(graph)})


def _reference(database: Database, script: str) -> str:
    database.execute(CLEAN)
    database.execute(script)
    return _dump(database)


def _dump(database: Database) -> str:
    """Without the names of NOT NULL, which a table that is renamed keeps from PostgreSQL 18 on."""
    return re.sub(r" CONSTRAINT \w+_not_null NOT NULL", " NOT NULL", observer.dump(database, OURS))
