"""A migration that is killed at any boundary, or whose server is, is brought to its end by the next one.

Then the database is what it would be without that: its catalogs, its rows and its ledger; and nothing else is left.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import crashes
from tests.crash_stories import STORIES, Story, files
from tests.crashes import At, Waiter
from tests.observer import dump
from tests.project import Project
from tests.servers import Database, Server

LEAST = {"process": 200, "server": 80}  # kill points in every run of the tests
IS_LONG = "CRASHES" in os.environ  # at each boundary, the server too
LEAST_FILES = 3
DUMPED = ("several", "outside a transaction")  # those of which pg_dump says the same

# https://docs.python.org/3/library/audit_events.html
_FILE_EVENTS = ("open", "os.link", "os.remove", "os.rename")


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that may be killed, with a database that has the past of all stories."""
    with crashes.mortal_server() as server:
        project = Project(tmp_path_factory.mktemp("project"), server.url("past"))
        project.write(files(STORIES["first"]))
        crashes.copy_database(server, "template0", "past")
        crashes.run(project, server.url("past"), "0001")
        yield server


State = dict[str, list[Any]]


@dataclass(frozen=True)
class Told:
    """A story on a server: its project, where it begins, and where its undisturbed run ends."""

    story: Story
    project: Project
    server: Server
    begin: State
    end: State
    boundaries: int
    is_dumped: bool

    def migrate(self, name: str, reached: Callable[[], object] = lambda: None) -> None:
        """What is to be killed, and what is run after it, on the database of that name."""
        with crashes.boundaries(reached):
            crashes.run(self.project, self.server.url(name), self.story.target, fake=self.story.fake)

    def numbers(self, step: int) -> Sequence[int]:
        """The boundaries where it is killed: each, or in a short run some."""
        return range(1, self.boundaries + 1, 1 if IS_LONG else step)

    def copy(self, name: str) -> str:
        """A database where the story begins."""
        crashes.copy_database(self.server, "begin", name)
        return name

    def look(self, name: str, seen: list[State]) -> State:
        """What a killed run has left. If that is new, the next run brings it to the end of the story.

        From a state that was seen before it would be the same run once more.
        """
        url = self.server.url(name)
        assert all(found.startswith(("index", "relation")) for found in crashes.left_behind(url))
        found = crashes.state(url)
        if found not in seen:
            seen.append(found)
            self.migrate(name)
            assert crashes.state(url) == self.end
            assert crashes.left_behind(url) == []
            if self.is_dumped:
                assert dump(url) == dump(self.server.url("end"))
        return found


@contextmanager
def told(name: str, server: Server, folder: Path) -> Iterator[Told]:
    """A story, its undisturbed run behind it; what fails in the block says which it was."""
    story = STORIES[name]
    begin, end = server.url("begin"), server.url("end")
    project = Project(folder, begin)
    project.write(files(story))
    crashes.copy_database(server, "past" if story.start else "template0", "begin")
    if story.start not in (None, "0001"):
        crashes.run(project, begin, story.start)
    crashes.copy_database(server, "begin", "end")
    counter = At(0, lambda: None)
    with crashes.boundaries(counter):
        crashes.run(project, end, story.target, fake=story.fake)
    try:
        yield Told(story, project, server, crashes.state(begin), crashes.state(end), counter.reached, name in DUMPED)
    except BaseException as error:
        error.add_note(f"in the story {name!r}")
        raise


def test_the_process_is_killed(mortal: Server, tmp_path: Path) -> None:
    happened = 0
    for name in STORIES:
        with told(name, mortal, tmp_path / name) as story:
            happened += killed_processes(story, story.numbers(3 if story.story.is_composed else 1))
    assert happened >= LEAST["process"]


def killed_processes(story: Told, numbers: Sequence[int]) -> int:
    """Kill a run at each of these boundaries, one after the other; how many that were."""
    seen = [story.begin]
    name = story.copy("killed")
    for number in numbers:
        killer = At(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        assert crashes.was_killed(crashes.copy_that(partial(story.migrate, name, killer))), number
        if story.look(name, seen) != story.begin:
            story.copy(name)
    return len(numbers)


def test_the_server_is_killed(mortal: Server, tmp_path: Path) -> None:
    happened = 0
    for name in STORIES:
        with told(name, mortal, tmp_path / name) as story:
            happened += killed_servers(story, story.numbers(3))
    assert happened >= LEAST["server"]


def killed_servers(story: Told, numbers: Sequence[int]) -> int:
    """Kill the server once for all these boundaries: a run for each waits there, on a database of its own."""
    names = [story.copy(f"killed_{number}") for number in numbers]
    waiters = [Waiter.at(number, partial(story.migrate, name)) for number, name in zip(numbers, names, strict=True)]
    assert all([waiter.arrive() for waiter in waiters])  # noqa: C419 - each is to arrive
    crashes.kill(story.server)
    codes = [waiter.release() for waiter in waiters]
    crashes.start(story.server)
    assert set(codes) <= {0, crashes.REFUSED}, codes
    seen = [story.begin]
    for name in names:
        story.look(name, seen)
    crashes.drop_databases(story.server, names)
    return len(numbers)


# -- makemigrations ----------------------------------------------------------------------------------------------------


def test_makemigrations_is_killed(tmp_path: Path, database: Database) -> None:
    """At each moment around its files: there is a whole one or none, and the next one makes what this would have."""
    project = Project(tmp_path, database.url, name="killed")  # what it leaves is nobody else's
    project.write({"app/entities/one.sql": "create view one as select 1 as n"})
    made = project.make()
    whole = written(project)
    made.paths[0].unlink()
    for number in range(1, 100):
        process = crashes.copy_that(partial(_killed_while_writing, project, number))
        if not crashes.was_killed(process):
            break
        assert written(project) in ([], whole)
        for path in project.revisions:
            path.unlink()
    assert number > LEAST_FILES
    assert written(project) == whole
    assert sorted(path.name for path in project.revisions[0].parent.iterdir()) == [".gitkeep", made.paths[0].name]


def written(project: Project) -> list[str]:
    """The revision files without their docstrings, which have the time."""
    return [path.read_text().partition('"""\n\n')[2] for path in project.revisions]


def _killed_while_writing(project: Project, number: int) -> None:
    folder = str(project.path / "migrations/versions")
    reach = At(number, lambda: os.kill(os.getpid(), signal.SIGKILL))

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILE_EVENTS and any(str(argument).startswith(f"{folder}/") for argument in arguments):
            reach()

    sys.addaudithook(look)
    project.make()
