"""The cases: for each kind folders with what a user declares before and after a change, all taken through one course.

`tests/cases/<kind>/<case>/` (`_` for a blank in the kind) has

    before.sql, after.sql     the entities, as they stand in a project; a file that is missing declares nothing
    models.py                 tables of its own instead of those in tests/cases/models.py, which are there where the
                              SQL speaks of one of them
    models_after.py           the tables of the second step, where they differ
    rows.sql                  run between the two steps: rows that the change has to live with
    reference.sql             after.sql in an order that works, where a case is about the order; with CREATE TABLE
                              statements if the tables do not come first
    production.sql            what somebody made by hand, between the two steps: test_production.py has its course
    expect.toml               models     instead of models.py, the name of another file beside tests/cases/models.py
                              models_after  texts of the models, and what stands there in the second step
                              report     the lines of the second makemigrations, in any order that works
                              in_place   whether what is replaced stays the same object
                              servers    the versions that it runs on; PostgreSQL 18 alone when it is missing.
                                         With production.sql on the first of them
                              extension  what the server must have available, else the case is skipped
                              provider   of security labels, which the server must have loaded
                              minimum, maximum  the lowest and the highest version that it can run on
                              xfail      why it is known to fail
                              error      what the second makemigrations says when it is refused (test_production.py)

`TEST_SERVER=14 pytest tests/test_cases.py` runs every case on that server, and asks `--against database` as well.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, create_engine

from cucurbit.actions.make import Made
from cucurbit.database import catalog
from cucurbit.entities import kinds
from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds, by_node
from cucurbit.errors import DriftError
from cucurbit.sql.parse import split
from tests import observer, servers
from tests.project import Project
from tests.servers import Database, Server

CASES = Path(__file__).parent / "cases"
OURS = ("alembic_version", "cucurbit_ledger")
NO_TABLES = "from sqlalchemy import MetaData\n\n\nclass Base:\n    metadata = MetaData()\n"
TABLES = 40  # the rank of tables: kinds below it are made before them


@dataclass(frozen=True)
class Case:
    """One folder."""

    folder: Path

    @property
    def name(self) -> str:
        """`view/column_appended`."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def expect(self) -> dict[str, Any]:
        """What expect.toml says."""
        file = self.folder / "expect.toml"
        return tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def text(self, *names: str) -> str | None:
        """The first of these files that is there."""
        return next((f.read_text(encoding="utf-8") for name in names if (f := self.folder / name).exists()), None)

    def declare(self, project: Project, step: str) -> None:
        """Write what the project declares in one of the two steps."""
        project.write(
            {
                "app/models.py": self.models(step) if self.has_tables else NO_TABLES,
                "app/entities/case.sql": self.text(f"{step}.sql"),
            }
        )

    def models(self, step: str) -> str:
        """The tables of one of the two steps."""
        names = ("models_after.py", "models.py") if step == "after" else ("models.py",)
        expect = self.expect
        models = self.text(*names) or (CASES / expect.get("models", "models.py")).read_text(encoding="utf-8")
        for before, after in expect.get("models_after", {}).items() if step == "after" else ():
            assert before in models, f"the models do not say {before!r}"
            models = models.replace(before, after)
        return models

    @property
    def kinds(self) -> set[str]:
        """Those of what it declares."""
        texts = filter(None, map(self.text, ("before.sql", "after.sql")))
        return {Entity.from_sql(statement.sql).kind for text in texts for statement in split(text, self.name)}

    @property
    def has_tables(self) -> bool:
        """Whether it brings tables or speaks of the common ones; without them it is sooner done."""
        text = "".join(filter(None, map(self.text, ("before.sql", "after.sql"))))
        names = ("customers", "orders", "Order Lines")
        own = any(self.folder.glob("models*.py")) or "models" in self.expect
        return own or any(name in text for name in names)

    def can_run_on(self, server: str) -> bool:
        """Whether that major version has what it is about."""
        expect = self.expect
        return int(expect.get("minimum", 0)) <= int(server) <= int(expect.get("maximum", 99))

    @property
    def is_plain(self) -> bool:
        """Whether it takes the course of this module."""
        return "error" not in self.expect and not (self.folder / "production.sql").exists()


def cases() -> list[Case]:
    """All of them."""
    return [
        Case(folder)
        for folder in sorted(CASES.glob("*/*"))
        if any((folder / f"{name}.sql").exists() for name in ("before", "after", "production"))
    ]


def _servers(case: Case) -> list[str]:
    names = [servers.ONLY] if servers.ONLY else case.expect.get("servers", [servers.NEWEST])
    return names if case.is_plain else names[:1]


def parameters(wanted: Callable[[Case], bool]) -> list[Any]:
    """Cases, each with the servers that it runs on."""
    found = []
    for case in filter(wanted, cases()):
        expect = case.expect
        names = _servers(case)
        marks = [pytest.mark.xfail(reason=expect["xfail"], strict=True)] if "xfail" in expect else []
        found += [
            pytest.param(case, name, id=f"{case.name}-{name}", marks=marks) for name in names if case.can_run_on(name)
        ]
    return found


PLAIN = parameters(lambda case: case.is_plain)


@pytest.mark.parametrize(("case", "server"), PLAIN, indirect=["server"], scope="session")
def test_case(case: Case, database: Database, tmp_path: Path) -> None:
    needs(case, database)
    expect = case.expect
    project = Project(tmp_path, database.url)

    case.declare(project, "before")
    if not apply(project).paths:
        assert case.text("before.sql") is None, "nothing was made of before.sql"
    before, addresses = dump(database), oids(database, case.kinds)
    if rows := case.text("rows.sql"):
        database.execute(rows)

    case.declare(project, "after")
    made = apply(project)
    assert made.paths, "nothing changed"
    if servers.ONLY:  # the courses do it in every run
        assert project.make(against="database").lines == []
    lines = [" ".join(line) for line in made.lines]
    after, moved = dump(database), oids(database, case.kinds)
    assert observer.difference(dump_of_reference(case, project, database.server), after) == ""
    if "report" in expect:
        assert sorted(lines) == sorted(expect["report"])
    if "in_place" in expect:
        replaced = [line.removeprefix("~ Replace ") for line in lines if line.startswith("~ Replace ")]
        kept = {name: addresses[name] == moved[name] for name in replaced if name in addresses}
        assert kept == dict.fromkeys(kept, expect["in_place"])

    project.migrate(f"-{len(made.paths)}")
    assert observer.difference(before, dump(database)) == ""
    project.migrate("zero")
    assert observer.difference(dump_of_nothing(database.server.name), dump(database)) == ""


def needs(case: Case, database: Database) -> None:
    """Skip a case that needs what the server does not have."""
    wanted = case.expect.get("extension")
    if wanted and not database.execute("select 1 from pg_available_extensions where name = %s", wanted):
        pytest.skip(f"PostgreSQL {database.server.name} here has no extension {wanted}")
    provider = case.expect.get("provider")
    if provider and not _has_provider(database, provider):
        pytest.skip(f"PostgreSQL {database.server.name} here has no provider {provider} of security labels")


def _has_provider(database: Database, name: str) -> bool:
    try:
        database.execute(f"security label for {name} on schema public is null")
    except psycopg.errors.InvalidParameterValue:
        return False
    return True


def apply(project: Project) -> Made:
    """makemigrations and migrate, after which everything is applied."""
    made = project.make()
    project.migrate()
    assert set(project.states().values()) <= {"applied"}
    return made


def dump(database: Database) -> str:
    """What pg_dump says, but for what cucurbit and Alembic keep for themselves."""
    return observer.dump(database, OURS)


def oids(database: Database, wanted: Iterable[str]) -> dict[str, int]:
    """The OID of every object of some kinds, each with a definition that is of its own identity."""
    engine = create_engine(for_sqlalchemy(database))
    with engine.connect() as connection:
        found = catalog.snapshot(connection, wanted)
    engine.dispose()
    for identity, definition in found.items():
        first, *_ = split(definition.sql or "", str(identity))
        assert Entity.from_sql(first.sql).identity == identity
    return {str(identity): definition.objid for identity, definition in found.items()}


def dump_of_reference(
    case: Case, project: Project, server: Server, *, step: str = "after", production: str = ""
) -> str:
    """A database with the tables and entities of a step, made without cucurbit; `production` is run at the end."""
    text = case.text(*("reference.sql", "after.sql") if step == "after" else ("before.sql",)) or ""
    return dump_of(text, project, server, production=production)


def dump_of(text: str, project: Project, server: Server, *, production: str = "") -> str:
    """A database made of statements as they stand and of the tables that a project has."""
    statements = [statement.sql for statement in split(text, "reference")]
    brings_tables = "create table" in text
    first = statements if brings_tables else [sql for sql in statements if Entity.from_sql(sql).rank < TABLES]
    with servers.new_database(server) as database, project.at_work():
        engine = create_engine(for_sqlalchemy(database))
        with engine.begin() as connection:
            _run(connection, first)
            if not brings_tables:
                import_module("app.models").Base.metadata.create_all(connection)
                _run(connection, [sql for sql in statements if sql not in first])
        engine.dispose()
        if production:
            database.execute(production)
        return dump(database)


def _run(connection: Connection, statements: list[str]) -> None:
    for sql in statements:
        connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


@cache
def dump_of_nothing(server: str) -> str:
    """What pg_dump says of a database in which nothing was made."""
    with servers.new_database(servers.start(server)) as database:
        return dump(database)


def for_sqlalchemy(database: Database) -> str:
    """The URL of a database, with the driver that SQLAlchemy is to use."""
    return database.url.replace("postgresql:", "postgresql+psycopg:", 1)


# -- the kinds --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", all_kinds().values(), ids=lambda kind: kind.kind)
def test_kind_is_complete(kind: type[Entity]) -> None:
    assert kind.__doc__
    assert kind.catalog.strip().startswith("select")
    assert kind.node in by_node()


def test_every_folder_of_cases_is_a_kind() -> None:
    folders = {folder.name for folder in CASES.iterdir() if folder.is_dir() and any(folder.glob("*/*.sql"))}
    assert folders == {kind.replace(" ", "_") for kind in all_kinds()}


SEQUENCE = '''
"""Sequences. https://www.postgresql.org/docs/current/sql-createsequence.html"""

from cucurbit.entities.entity import Entity
from cucurbit.entities.names import relation_name
from cucurbit.entities.identity import Identity


class Sequence(Entity):
    """`create sequence voucher`; those that belong to a column are the models'."""

    kind = "sequence"
    node = "CreateSeqStmt"
    example = "create sequence voucher"
    rank = 35
    provides = frozenset({"relation"})
    drop = "SEQUENCE"
    relation_field = "sequence"
    catalog = """
        select 'pg_class'::regclass as classid, c.oid as objid, array[n.nspname::text, c.relname::text] as key,
               format('CREATE SEQUENCE %I.%I AS %s INCREMENT BY %s', n.nspname, c.relname,
                      format_type(s.seqtypid, null), s.seqincrement) as definition
          from pg_sequence s
          join pg_class c on c.oid = s.seqrelid
          join pg_namespace n on n.oid = c.relnamespace
         where not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
                                                     and d.deptype in ('a', 'i'))
    """

    @classmethod
    def identify(cls, fields, home):
        return Identity(cls.kind, relation_name(fields["sequence"], home))
'''


@pytest.fixture
def kind_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kind that is nothing but one new file where the kinds are looked for, instead of the one of that name."""
    folder = tmp_path / "kinds"
    folder.mkdir()
    (file,) = (Path(path) / "sequence.py" for path in kinds.__path__)
    for other in {*file.parent.glob("*.py")} - {file}:
        (folder / other.name).symlink_to(other)
    (folder / "sequence_of_a_test.py").write_text(SEQUENCE)
    monkeypatch.setattr(kinds, "__path__", [str(folder)])
    _forget_kinds()
    yield
    sys.modules.pop(f"{kinds.__name__}.sequence_of_a_test")
    _forget_kinds()


def _forget_kinds() -> None:
    kinds.all_kinds.cache_clear()
    kinds.by_node.cache_clear()


@pytest.mark.usefixtures("kind_of_ones_own")
def test_new_kind_is_one_new_file(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path / "project", database.url)
    first = "create sequence voucher;\ncreate view next_voucher as select last_value + 1 as n from voucher;"
    project.write({"app/entities/vouchers.sql": first})
    assert [line for _, line in project.make().lines] == [
        "Create sequence public.voucher",
        "Create view public.next_voucher",
    ]
    project.migrate()
    assert project.states() == {"sequence public.voucher": "applied", "view public.next_voucher": "applied"}
    assert project.make(against="database").lines == []
    before = dump(database)

    project.write({"app/entities/vouchers.sql": first.replace("voucher;", "voucher increment by 7;", 1)})
    assert project.make().lines == [("~", "Replace sequence public.voucher")]
    assert project.states()["sequence public.voucher"] == "changed"
    project.migrate()
    assert "INCREMENT BY 7" in dump(database)

    project.write(
        {"app/entities/vouchers.py": "from cucurbit import Sequence\n\nother = Sequence('create sequence other')\n"}
    )
    assert project.make().lines == [("+", "Create sequence public.other")]
    project.migrate()
    database.execute("alter sequence other increment by 2")
    assert project.states()["sequence public.other"] == "drifted"

    with pytest.raises(DriftError):
        project.migrate("0001")
    project.migrate("0001", on_drift="overwrite")
    assert dump(database) == before
    project.migrate("zero")
    assert dump(database) == dump_of_nothing(database.server.name)
