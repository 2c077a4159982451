"""The course of a kind: everything that can happen to an entity, step by step, in one project and one database.

`tests/cases/<kind>/course/` (`_` for a blank in the kind) has a file for each step, with all that is declared then:

    create.sql             entities of the kind, in several spellings
    in_place.sql           a change that keeps the object
    anew.sql               a change that only a new object can have
    dependants.sql         what depends on them is declared too
    under_dependants.sql   they change, while that is there
    rename.sql             another name for the same object
    quoted.sql             names that need quotes
    schema.sql             in another schema
    drop.sql               without them
    <step>.reference.sql   the same in an order in which the statements work alone, where that is another
    cleanup.sql            for what outlives the database
    expect.toml            without   step = why PostgreSQL has no such step for this kind
                           renames   what `--rename` is told in the step `rename`: ["open:active"]
                           servers, minimum, extension, models   as in tests/test_cases.py

`TEST_SERVER=14` runs every course on that server, and stops on the way back at each step, to look at the database; else
that is done three times (BACK_TO): that each step can be taken back was proved when its migration was made.

A comment and an owner that somebody set by hand have to survive `anew` and `under_dependants`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog
from cucurbit.database.dependants import Address
from cucurbit.database.facts import facts
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.planning.rename import Answers
from tests import observer, servers
from tests.project import Project
from tests.servers import Database
from tests.test_cases import CASES, NO_TABLES, Case, dump, dump_of, dump_of_nothing, for_sqlalchemy, needs, oids

STEPS = ("create", "in_place", "anew", "dependants", "under_dependants", "rename", "quoted", "schema", "drop")
BACK_TO = ("under_dependants", "create", "nothing")
KEPT = "set by hand"
OWNER = "pg_read_all_data"  # a role that every server has, and that may read what a materialized view reads


class Course(Case):
    """One folder."""

    @property
    def kind(self) -> str:
        """The kind that it is about."""
        return self.folder.parent.name.replace("_", " ")

    @property
    def steps(self) -> list[str]:
        """Those that it has."""
        return [step for step in STEPS if (self.folder / f"{step}.sql").exists()]

    @property
    def has_tables(self) -> bool:
        """Whether a step brings tables, or speaks of the common ones."""
        own = any(self.folder.glob("models*.py")) or "models" in self.expect
        texts = " ".join(self.text(f"{step}.sql") or "" for step in self.steps)
        return own or any(name in texts for name in ("customers", "orders", "Order Lines"))

    def declare(self, project: Project, step: str) -> None:
        """Write what the project declares in a step."""
        models = self.models(step) if self.has_tables else NO_TABLES
        project.write({"app/models.py": models, "app/entities/case.sql": self.text(f"{step}.sql")})


def courses() -> list[Course]:
    """All of them."""
    return [Course(folder) for folder in sorted(CASES.glob("*/course"))]


def _servers(course: Course) -> list[str]:
    names = [servers.ONLY] if servers.ONLY else course.expect.get("servers", [servers.NEWEST])
    return [name for name in names if course.can_run_on(name)]


def _parameters() -> list[object]:
    return [
        pytest.param(course, server, id=f"{course.kind}-{server}")
        for course in courses()
        for server in _servers(course)
    ]


@pytest.mark.parametrize(("course", "server"), _parameters(), indirect=["server"], scope="session")
def test_course(course: Course, database: Database, tmp_path: Path) -> None:
    needs(course, database)
    project = Project(tmp_path, database.url)
    try:
        _walk(course, project, database)
    finally:
        if cleanup := course.text("cleanup.sql"):
            database.execute(cleanup)


def _walk(course: Course, project: Project, database: Database) -> None:
    way = [("nothing", 0, dump_of_nothing(database.server.name))]
    before: dict[str, int] = {}
    for step in course.steps:
        course.declare(project, step)
        with _marked_by_hand(database, course.kind, step):
            renamed = course.expect.get("renames", []) if step == "rename" else []
            made = project.make(answers=Answers(renamed=renamed), require_answers=False)
            assert made.paths, f"{step}: nothing changed"
            project.migrate()
        states = {name: state for name, state in project.states().items() if state != "applied"}
        assert not states, f"{step}: {states}"
        if step in ("create", "under_dependants"):
            assert project.make(against="database").lines == [], f"{step}: something is left"
        now = dump(database)
        text = course.text(f"{step}.reference.sql", f"{step}.sql") or ""
        assert observer.difference(dump_of(text, project, database.server), now) == "", step
        addresses = oids(database, [course.kind])
        _check_oids(course.kind, step, before, addresses)
        before = addresses
        way.append((step, len(made.paths), now))
    count = 0
    for (step, number, _), (earlier, _, then) in zip(reversed(way[1:]), reversed(way[:-1]), strict=True):
        count += number
        if earlier in BACK_TO or servers.ONLY:
            project.migrate(f"-{count}")
            assert observer.difference(then, dump(database)) == "", f"back from {step}"
            count = 0


def _check_oids(kind: str, step: str, before: dict[str, int], after: dict[str, int]) -> None:
    """Whether what a step replaces is the same object."""
    own = all_kinds()[kind]
    if not own.is_object or step not in ("in_place", "anew"):
        return
    shared = [name for name in before.keys() & after.keys() if name.startswith(f"{kind} ")]
    moved = {name for name in shared if before[name] != after[name]}
    assert bool(moved) == (step == "anew"), f"{step}: {sorted(moved) or 'nothing'} is another object"


@contextmanager
def _marked_by_hand(database: Database, kind: str, step: str) -> Iterator[None]:
    """A comment and an owner on all that there is of a kind, which are there when the step is done."""
    if step not in ("anew", "under_dependants"):
        yield
        return
    engine = create_engine(for_sqlalchemy(database))
    try:
        with engine.begin() as connection:
            for identity, (address, _) in _own(connection, kind).items():
                _mark(connection, identity, address, KEPT, OWNER)
        with engine.connect() as connection:
            before = _own(connection, kind)
        yield
        with engine.begin() as connection:
            after = _own(connection, kind)
            lost = {str(i): before[i][1] - after[i][1] for i in before.keys() & after.keys()}
            assert not any(lost.values()), f"{step} lost {lost}"
            for identity, (address, _) in after.items():
                _mark(connection, identity, address, None, "current_user")
    finally:
        engine.dispose()


def _own(connection: Connection, kind: str) -> dict[Identity, tuple[Address, set[tuple[str | None, str]]]]:
    """The objects of a kind, each with its facts."""
    found = {i: Address(d.classid, d.objid) for i, d in catalog.snapshot(connection, [kind], texts=False).items()}
    objects = {i: address for i, address in found.items() if all_kinds()[kind].is_object}
    return dict(
        zip(
            objects,
            zip(objects.values(), facts(connection, list(objects.values())), strict=True),
            strict=True,
        )
    )


_WORDS = """
select case i.type when 'statistics object' then 'STATISTICS' when 'composite type' then 'TYPE'
                   when 'foreign-data wrapper' then 'FOREIGN DATA WRAPPER' else upper(i.type) end || ' ' || i.identity
  from pg_identify_object(%s, %s, 0) i
"""


def _mark(connection: Connection, identity: Identity, address: Address, comment: str | None, owner: str) -> None:
    """As far as an object can have them."""
    name = connection.exec_driver_sql(_WORDS, tuple(address)[:2]).scalar_one()
    text = "NULL" if comment is None else f"'{comment}'"
    for statement in (f"COMMENT ON {name} IS {text}", f"ALTER {name} OWNER TO {owner}"):
        try:
            with connection.begin_nested():
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
        except DBAPIError:
            pass


# -- the kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", all_kinds().values(), ids=lambda kind: kind.kind)
def test_course_is_whole(kind: type[Entity]) -> None:
    """Each step is there, or a reason why PostgreSQL has none of it for this kind."""
    course = Course(CASES / kind.kind.replace(" ", "_") / "course")
    reasons = course.expect.get("without", {})
    assert not set(course.steps) & reasons.keys()
    missing = set(STEPS) - set(course.steps) - reasons.keys()
    assert not missing, f"the course of {kind.kind} has no {', '.join(sorted(missing))}"
    assert ("renames" in course.expect) == ("rename" in course.steps)
