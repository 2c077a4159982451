"""What Alembic's comparison does not see: found, generated, and there as `metadata.create_all()` would have made it.

pg_dump judges: the database that was migrated is what SQLAlchemy makes of the models in an empty one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database, Server, new_database

OURS = ("cucurbit_ledger", "alembic_version")

HEAD = """
import enum
from sqlalchemy import *
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.schema import *

metadata = MetaData()
"""

TABLE = """
notes = Table("notes", metadata, Column("id", Integer, primary_key=True), {})
"""


def table(*items: str) -> str:
    """A model with one table, `notes`."""
    return TABLE.format(", ".join(items))


N = 'Column("n", Integer)'
T = 'Column("t", Text)'
CHECKED = 'Column("n", Integer, CheckConstraint("n > {}"))'
STATUS = 'Column("t", String(20)), CheckConstraint("t in ({})", name="known")'
COMPUTED = 'Column("n", Integer), Column("d", Integer, Computed("n * {}", persisted=True))'
BY = 'Column("n", Integer), Column("t", Text), Index("by_n", {})'
RANGE = 'Column("n", Integer), Column("r", INT4RANGE)'
EXCLUDE = 'ExcludeConstraint(("{}", "&&"), name="apart"{})'
OPTIONS = "postgresql_with={}"
ORDERS = "Table('orders', metadata, Column('id', Integer, primary_key=True), Column('note', Integer, {}))\n"

# name -> the models before and after; the versions that only some servers have are marked below
RESIDUES = {
    "text of a check": (
        table(N, 'CheckConstraint("n > 0", name="more")'),
        table(N, 'CheckConstraint("n > 1", name="more")'),
    ),
    "a check that comes": (table(N), table(N, 'CheckConstraint("n > 0", name="more")')),
    "a check that goes": (table(N, 'CheckConstraint("n > 0", name="more")'), table(N)),
    "a check without a name": (table(N), table(N, 'CheckConstraint("n > 0")')),
    "two checks without names": (table(N), table(N, 'CheckConstraint("n > 0")', 'CheckConstraint("n < 9")')),
    "a column's check": (table(CHECKED.format(0)), table(CHECKED.format(1))),
    "a column's check that comes": (table(N), table(CHECKED.format(1))),
    "a check with a new column": (table(N), table(N, 'Column("m", Integer)', 'CheckConstraint("n > m", name="more")')),
    "a check with a column that goes": (
        table(N, 'Column("m", Integer)', 'CheckConstraint("n > m", name="more")'),
        table(N),
    ),
    "a check of a column with another type": (
        table(N, 'CheckConstraint("n > 0", name="more")'),
        table('Column("n", Numeric)', 'CheckConstraint("n > 0", name="more")'),
    ),
    "a check with signs": (
        table(T, r'CheckConstraint(r"t <> ' + r"'\:a %% \d \:b'" + r'", name="odd")'),
        table(T, r'CheckConstraint(r"t <> ' + r"'\:c %% \\w \:d'" + r'", name="odd")'),
    ),
    "a list of values": (table(STATUS.format("'a', 'b'")), table(STATUS.format("'a', 'b', 'c'"))),
    "values of an enum that is none": (
        table('Column("t", Enum("a", "b", native_enum=False, create_constraint=True, name="known", length=9))'),
        table('Column("t", Enum("a", "c", native_enum=False, create_constraint=True, name="known", length=9))'),
    ),
    "the name of a constraint": (
        table(N, 'CheckConstraint("n > 0", name="more")', 'PrimaryKeyConstraint("id", name="one")'),
        table(N, 'CheckConstraint("n > 0", name="less")', 'PrimaryKeyConstraint("id", name="two")'),
    ),
    "a comment on a check": (
        table(N, 'CheckConstraint("n > 0", name="more")'),
        table(N, 'CheckConstraint(sql("n > 0"), name="more", comment="of a kind")'),
    ),
    "where of a partial index": (
        table(BY.format('"n", postgresql_where=sql("n > 0")')),
        table(BY.format('"n", postgresql_where=sql("n > 1")')),
    ),
    "a partial index on a list": (
        table(BY.format(""""n", postgresql_where=sql("t in ('a', 'b')")""")),
        table(BY.format(""""n", postgresql_where=sql("t in ('a', ':c')".replace(":", chr(92) + ":"))""")),
    ),
    "method of an index": (table(BY.format('"n"')), table(BY.format('"n", postgresql_using="hash"'))),
    "include": (table(BY.format('"n"')), table(BY.format('"n", postgresql_include=["t"]'))),
    "operator class": (table(BY.format('"t"')), table(BY.format('"t", postgresql_ops={"t": "text_pattern_ops"}'))),
    "storage of an index": (table(BY.format('"n"')), table(BY.format('"n", postgresql_with={"fillfactor": 70}'))),
    "order of an index": (table(BY.format('"n"')), table(BY.format('sql("n DESC NULLS LAST")'))),
    "primary key": (
        table('Column("n", Integer, nullable=False)'),
        'notes = Table("notes", metadata, Column("id", Integer, primary_key=True, autoincrement=True),\n'
        '              Column("n", Integer, primary_key=True))',
    ),
    "primary key with a new column": (
        table(N),
        'notes = Table("notes", metadata, Column("id", Integer, primary_key=True, autoincrement=True),\n'
        '              Column("n", Integer), Column("m", Integer, primary_key=True))',
    ),
    "primary key that loses a column": (
        'notes = Table("notes", metadata, Column("id", Integer, primary_key=True, autoincrement=True),\n'
        '              Column("m", Integer, primary_key=True))',
        table(),
    ),
    "exclusion that comes": (table(RANGE), table(RANGE, EXCLUDE.format("r", ""))),
    "exclusion that goes": (table(RANGE, EXCLUDE.format("r", "")), table(RANGE)),
    "where of an exclusion": (
        table(RANGE, EXCLUDE.format("r", ', where=sql("n > 0")')),
        table(RANGE, EXCLUDE.format("r", ', where=sql("n > 1")')),
    ),
    "collation": (table('Column("t", Text)'), table('Column("t", Text(collation="C"))')),
    "another collation": (
        table('Column("t", String(9, collation="C"))'),
        table('Column("t", String(9, collation="POSIX"))'),
    ),
    "storage parameters": (
        table(N, OPTIONS.format('{"fillfactor": 70}')),
        table(N, OPTIONS.format('{"autovacuum_enabled": False, "toast.autovacuum_enabled": False}')),
    ),
    "unlogged": (table(N), table(N, 'prefixes=["UNLOGGED"]')),
    "logged": (table(N, 'prefixes=["UNLOGGED"]'), table(N)),
    "a sequence": (table(N), table(N) + 'Sequence("numbers", start=7, increment=3, metadata=metadata)\n'),
    "a sequence's options": (
        'Sequence("numbers", start=7, metadata=metadata)\n' + table(N),
        'Sequence("numbers", start=7, increment=2, cycle=True, maxvalue=99, metadata=metadata)\n' + table(N),
    ),
    "a sequence that goes": ('Sequence("numbers", metadata=metadata)\n' + table(N), table(N)),
    "a sequence as a default": (
        table(),
        'numbers = Sequence("numbers", metadata=metadata)\n'
        + table('Column("n", Integer, numbers, server_default=numbers.next_value())'),
    ),
    "type of a serial": (
        table(),
        'notes = Table("notes", metadata, Column("id", BigInteger, primary_key=True))\n',
    ),
    "precision of a time": (table('Column("at", TIMESTAMP)'), table('Column("at", TIMESTAMP(precision=3))')),
    "deferrable": (
        table(N, 'UniqueConstraint("n", name="one")'),
        table(N, 'UniqueConstraint("n", name="one", deferrable=True, initially="DEFERRED")'),
    ),
    "match of a foreign key": (
        table() + ORDERS.format('ForeignKey("notes.id", name="fk")'),
        table() + ORDERS.format('ForeignKey("notes.id", name="fk", match="FULL")'),
    ),
    "comment of a constraint": (
        table(N, 'CheckConstraint("n > 0", name="more", comment="why")'),
        table(N, 'CheckConstraint("n > 0", name="more", comment="it\'s :so 100%")'),
    ),
    "a new table with everything": (
        table(),
        table()
        + """
Table("odd", metadata,
    Column("id", Integer, Identity(always=True, start=5), primary_key=True),
    Column("t", Text(collation="C"), CheckConstraint("t <> ''"), comment=""),
    Column("r", INT4RANGE), Column("n", Integer, comment="it's :n"),
    Column("b", Boolean(create_constraint=True, name="truth")),
    ExcludeConstraint(("r", "&&"), name="apart", where=sql("n > 0")),
    UniqueConstraint("n", name="odd_n", comment="on a constraint", deferrable=True),
    CheckConstraint("n > 0 and n < 9", name="between", comment="a check"),
    Index("odd_t", "t", postgresql_include=["n"], postgresql_ops={"t": "text_pattern_ops"},
          postgresql_where=sql("n > 1")),
    postgresql_with={"fillfactor": 70}, prefixes=["UNLOGGED"], comment="odd")
""",
    ),
}
# PostgreSQL does not print these as it printed them, when they are fed back.
RESPELLED = {"a check of a column with another type", "a list of values", "values of an enum that is none"}
FROM_15 = {
    "nulls not distinct": (
        table(N, 'UniqueConstraint("n", name="one")'),
        table(N, 'UniqueConstraint("n", name="one", postgresql_nulls_not_distinct=True)'),
    ),
    "nulls not distinct of an index": (
        table(BY.format('"n", unique=True')),
        table(BY.format('"n", unique=True, postgresql_nulls_not_distinct=True')),
    ),
}
FROM_17 = {"generated expression": (table(COMPUTED.format(2)), table(COMPUTED.format(3)))}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    return Project(tmp_path, database.url)


def declare(project: Project, models: str, entities: str = "") -> None:
    project.write({"app/models.py": HEAD + models, "app/entities/all.sql": entities or None})


def applied(project: Project, models: str, entities: str = "") -> None:
    declare(project, models, entities)
    made = project.make()
    assert made.residue == []
    project.migrate()


@contextmanager
def created(server: Server, models: str) -> Iterator[Database]:
    """A database with what SQLAlchemy makes of the models."""
    scope: dict[str, object] = {}
    exec(HEAD + models, scope)
    with new_database(server) as database:
        engine = create_engine(re.sub(r"^postgresql:", "postgresql+psycopg:", database.url))
        scope["metadata"].create_all(engine)  # type: ignore[attr-defined]
        engine.dispose()
        yield database


def is_found(project: Project, database: Database, before: str, after: str, *, respelled: bool = False) -> None:
    """Generated, as `create_all` has it, nothing left, and the way back; `respelled` in other words of the server."""
    applied(project, before)
    at_first = dump(database, exclude_tables=OURS)
    declare(project, after)
    made = project.make()
    assert made.paths
    assert made.residue == []
    assert made.remarks == [] or respelled
    project.migrate()
    with created(database.server, after) as truth:
        assert difference(dump(truth), dump(database, exclude_tables=OURS)) == ""
    again = project.make()
    assert (again.lines, again.residue) == ([], [])
    project.migrate("-1")
    if not respelled:
        assert difference(at_first, dump(database, exclude_tables=OURS)) == ""


@pytest.mark.parametrize("name", RESIDUES)
def test_what_alembic_does_not_see_is_generated(name: str, project: Project, database: Database) -> None:
    is_found(project, database, *RESIDUES[name], respelled=name in RESPELLED)


@pytest.mark.servers("18", "15")
@pytest.mark.parametrize("name", FROM_15)
def test_what_came_with_15(name: str, project: Project, database: Database) -> None:
    is_found(project, database, *FROM_15[name])


@pytest.mark.parametrize("name", FROM_17)
def test_what_came_with_17(name: str, project: Project, database: Database) -> None:
    is_found(project, database, *FROM_17[name])


# -- nothing where nothing changed -----------------------------------------------------------------------------------

PECULIAR = """
convention = {
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=convention)
other = MetaData(schema="elsewhere")
Mood = ENUM("sad", "happy", name="mood", metadata=metadata)
State = Enum("on", "off", name="state", schema="elsewhere")

parents = Table("parents", metadata,
    Column("id", BigInteger, Identity(always=True, start=10, increment=5, cache=3), primary_key=True),
    Column("code", String(12), unique=True, nullable=False), Column("tenant", Integer, nullable=False),
    Column("best", Integer, ForeignKey("children.id", use_alter=True, name="best_child", ondelete="SET NULL")),
    UniqueConstraint("id", "tenant"), comment="it's :so, 100% \\\\d")
children = Table("children", metadata,
    Column("id", Integer, primary_key=True), Column("parent", BigInteger), Column("tenant", Integer),
    Column("mood", Mood, server_default="happy"), Column("moods", ARRAY(Mood)),
    Column("tags", ARRAY(Text), server_default="{}"), Column("grid", ARRAY(Integer, dimensions=2)),
    Column("data", JSONB, server_default=sql("'{\\"a\\": 1}'::jsonb")), Column("key", UUID, server_default=func.gen_random_uuid()),
    Column("at", TIMESTAMP(timezone=True), server_default=func.now()), Column("on", Date), Column("t3", TIME(precision=3)),
    Column("span", INTERVAL(fields="DAY TO SECOND")), Column("many", INTERVAL), Column("net", CIDR), Column("bits", BIT(3)),
    Column("vb", BIT(8, varying=True)), Column("ip", INET), Column("mac", MACADDR), Column("doc", TSVECTOR), Column("cash", MONEY),
    Column("num", Numeric(10, 2), server_default="0"), Column("real", REAL), Column("dbl", DOUBLE_PRECISION),
    Column("flag", Boolean, server_default=false()), Column("yes", Boolean(create_constraint=True, name="truth")),
    Column("char", CHAR(3)), Column("raw", LargeBinary), Column("small", SmallInteger), Column("range", TSTZRANGE),
    Column("kind", Enum("a", "b", native_enum=False, create_constraint=True, name="kinds"), server_default="a"),
    Column("price", Integer), Column("twice", Integer, Computed("price * 2", persisted=True)),
    Column("low", Text(collation="C"), CheckConstraint("low = lower(low)", name="lower"), comment="c's"),
    Column("Odd Name", Integer, CheckConstraint('"Odd Name" in (1, 2, 3)', name="odd"), key="odd_name"),
    Column("v", String(9), CheckConstraint("v in ('a', 'b')", name="letters")), Column("by", String, server_default="O'Neil: 50%"),
    ForeignKeyConstraint(["parent", "tenant"], ["parents.id", "parents.tenant"], onupdate="CASCADE", ondelete="CASCADE",
                         deferrable=True, initially="DEFERRED"),
    CheckConstraint("price > 0 and price < 1000 or tenant is null", name="sane"),
    CheckConstraint(r"char ~ '^[A-Z]\\d%%\\:x'", name="pattern"),
    ExcludeConstraint(("range", "&&"), name="apart", where=sql("v <> 'b'"), using="gist"),
    UniqueConstraint("small", "real", name="with_options", deferrable=True, postgresql_include=["dbl"]),
    Index(None, "price"), Index("by_lower", func.lower(sql("by"))), Index("part", "price", postgresql_where=sql("v in ('a', 'b')")),
    Index("ops", "by", postgresql_ops={"by": "varchar_pattern_ops"}), Index("gin", "data", postgresql_using="gin",
          postgresql_with={"fastupdate": "off"}), Index("desc", sql("at DESC NULLS LAST"), unique=True),
    Index("mixed", "price", sql("(data ->> 'k')"), postgresql_include=["v"]),
    postgresql_with={"fillfactor": 80, "autovacuum_vacuum_scale_factor": "0.05"})
Table("pairs", metadata, Column("a", ForeignKey("parents.id"), primary_key=True), Column("b", ForeignKey("children.id"), primary_key=True))
Table("Quoted Table", other, Column("Id", Integer, primary_key=True), Column("state", State, nullable=False, index=True),
      Column("self", ForeignKey("elsewhere.Quoted Table.Id")), Column("n", Integer, unique=True), prefixes=["UNLOGGED"])
Table("serials", other, Column("id", BigInteger, primary_key=True), Column("tiny", SmallInteger, index=True),
      Column("n", Integer, Sequence("numbers", start=3, metadata=other), nullable=False), CheckConstraint("tiny > 0"),
      CheckConstraint("tiny < 9"), CheckConstraint("n > tiny"), Index("free", "n", "tiny", postgresql_concurrently=False))
Table("no_key", metadata, Column("x", Integer), Column("y", Integer), Index("y_hash", "y", postgresql_using="hash"))
"""  # noqa: E501
ENTITIES = "create schema elsewhere;\ncreate view everything as select * from children;\n"


@pytest.mark.servers("18", "14")
def test_nothing_is_found_where_nothing_changed(project: Project, database: Database) -> None:
    """In models that say whatever SQLAlchemy can; and what the first migration makes is all that they say."""
    applied(project, PECULIAR, ENTITIES)
    made = project.make()
    assert (made.lines, made.residue) == ([], [])


# -- what is only said -----------------------------------------------------------------------------------------------


def by_hand(project: Project, statement: str) -> None:
    """A revision with a statement that somebody wrote."""
    (path,) = project.make(empty=True).paths
    path.write_text(path.read_text().replace("    pass\n", f"    op.run_sql({statement!r})\n", 1))


def test_what_no_operation_removes_is_named_and_fails_the_check(project: Project, database: Database) -> None:
    applied(project, table())
    by_hand(project, "alter table notes alter id drop default")
    project.migrate()
    made = project.make()
    assert (made.lines, len(made.residue)) == ([], 1)
    checked = project.manage("makemigrations", "--check")
    assert checked.returncode == 1
    assert checked.stdout.startswith("No changes detected, but 1 difference")
    assert "column id of public.notes" in checked.stderr
    assert project.manage("makemigrations").returncode == 0
    assert project.make(against="database", write=False).residue == []


def test_a_view_that_was_made_of_other_columns_is_named(project: Project, database: Database) -> None:
    """`select *` was read when the view was made; restated, it is what it says."""
    view = "create view everything as select * from notes;\n"
    applied(project, table(), view)
    declare(project, table(N), view)
    made = project.make()
    assert made.lines == [("+", "Add column n to notes")]
    assert [text.startswith("view public.everything ") for text in made.residue] == [True]


def test_what_was_left_open_is_validated(project: Project, database: Database) -> None:
    """And what the model leaves open is not opened again."""
    closed, left_open = (
        table(N, f'CheckConstraint("n > 0", name="more"{more})') for more in ("", ", postgresql_not_valid=True")
    )
    applied(project, table(N))
    by_hand(project, "alter table notes add constraint more check (n > 0) not valid")
    declare(project, closed)
    made = project.make()
    assert made.residue == []
    assert "VALIDATE CONSTRAINT" in made.source
    project.migrate()
    declare(project, left_open)
    assert not project.make().changed


def test_a_sequence_that_nobody_declares_is_left_alone(project: Project, database: Database) -> None:
    applied(project, table())
    by_hand(project, "create sequence others")
    made = project.make()
    assert (made.lines, made.residue) == ([], [])


def test_names_that_the_server_gave_are_no_difference(project: Project, database: Database) -> None:
    """A table that was renamed keeps those that it had, its sequence too."""
    models = table('Column("n", Integer, CheckConstraint("n > 0"), unique=True)')
    applied(project, models)
    (path,) = project.make(empty=True).paths
    path.write_text(path.read_text().replace("    pass\n", '    op.rename_table("notes", "papers")\n', 1))
    declare(project, models.replace('"notes"', '"papers"'))
    made = project.make()
    assert (made.lines, made.residue) == ([], [])


@pytest.mark.servers("14")
def test_a_generated_expression_before_17_is_named(project: Project, database: Database) -> None:
    applied(project, table(COMPUTED.format(2)))
    declare(project, table(COMPUTED.format(3)))
    made = project.make()
    assert made.lines == []
    assert len(made.residue) == 1
    assert "PostgreSQL 17" in made.residue[0]


def test_the_script_has_what_was_generated(project: Project, database: Database) -> None:
    """As it stands, signs included."""
    before, after = RESIDUES["a check with signs"]
    applied(project, before)
    declare(project, after)
    project.make()
    assert r"':c %% \\w :d'" in project.manage("migrate", "--sql").stdout
