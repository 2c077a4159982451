"""What makemigrations finds, that it can be applied and taken back, and that nobody else's things are touched."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cucurbit.errors import SqlError
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database, Server, new_database
from tests.shell import untouched

OURS = ("cucurbit_ledger*", "alembic_version")

HEAD = """
from sqlalchemy import TIMESTAMP, CheckConstraint, Enum, Index, Integer, String, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Note(Base):
    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A project with nothing in it."""
    return Project(tmp_path, database.url)


def apply(project: Project, columns: str, entities: str = "") -> None:
    """Declare a table with these columns, and entities; make the migration, and apply it."""
    declare(project, columns, entities)
    assert project.make().changed
    project.migrate()


def declare(project: Project, columns: str, entities: str = "") -> None:
    body = "".join(f"    {line}\n" for line in columns.splitlines())
    project.write({"app/models.py": HEAD + body, "app/entities/all.sql": entities})


def goes_there_and_back(project: Project, database: Database, columns: str, entities: str = "") -> str:
    """Apply a change, take it back, apply it again; returns the dump of what it comes to."""
    before = dump(database, OURS)
    apply(project, columns, entities)
    assert not project.make().changed
    after = dump(database, OURS)
    project.migrate("-1")
    assert difference(before, dump(database, OURS)) == ""
    project.migrate()
    assert difference(after, dump(database, OURS)) == ""
    assert set(project.states().values()) <= {"applied"}
    return after


# -- types -----------------------------------------------------------------------------------------------------------

STATUS = """
status = mapped_column(Enum("new", "paid", name="status"), server_default="new")
__table_args__ = (
    Index("unpaid", "id", postgresql_where=text("status = 'new'")),
    Index("by_text", text("(status > 'new')")),
    CheckConstraint("status <> 'paid' or id > 0", name="paid_has_id"),
)
"""


def test_an_enum_value_is_added_where_an_index_and_a_check_use_the_type(project: Project, database: Database) -> None:
    """Which is taken back by a type made anew: the index and the check come back as they were."""
    apply(project, STATUS)
    parts = _parts(database)
    assert len(parts) == 3
    goes_there_and_back(project, database, STATUS.replace('"paid", name', '"paid", "late", name'))
    assert _parts(database) == parts
    # In another order: now the upgrade converts.
    goes_there_and_back(project, database, STATUS.replace('"new", "paid", name', '"late", "paid", "new", name'))
    assert _parts(database) == parts


def _parts(database: Database) -> list[str]:
    """The indexes and the check, as pg_dump has them."""
    return re.findall(r"CREATE INDEX .*|CONSTRAINT paid_has_id .*[^,\n]", dump(database, OURS))


def test_a_type_changes_under_an_in_list_over_varchar(project: Project, database: Database) -> None:
    """Which the server prints otherwise when it is given back its own words."""
    column = "x = mapped_column(String(10))\n__table_args__ = (CheckConstraint(\"x in ('1', '2')\", name=\"few\"),)"
    view = "create view few_notes as select id, x from notes where x in ('1', '2');"
    apply(project, column, view)
    declare(project, column.replace("String(10)", "String(20)"), view)
    assert project.make().changed
    project.migrate()
    assert project.states() == {"view public.few_notes": "applied"}
    declare(project, column.replace("String(10)", "Text"), view)
    assert project.make().changed
    project.migrate()
    project.migrate("base")
    project.migrate()
    assert project.states() == {"view public.few_notes": "applied"}


def test_an_argument_of_a_function_changes_with_its_view_and_its_default(project: Project, database: Database) -> None:
    column = 'x = mapped_column(Integer, server_default=text("f({})"))'
    entities = (
        "create function f(n {0}) returns integer language sql immutable as 'select 1';\n"
        "create view worth as select id, f({1}) as f from notes;\n"
    )
    apply(project, column.format(1), entities.format("integer", "id"))
    after = goes_there_and_back(project, database, column.format("1::bigint"), entities.format("bigint", "id::bigint"))
    assert "f(n integer)" not in after


def test_an_argument_of_a_function_changes_under_a_view_that_stays(project: Project, database: Database) -> None:
    """As it is written: to the server it is another one."""
    entities = "create function f(n {}) returns integer language sql immutable as 'select 1';\n"
    entities += "create view worth as select id, f(id) as f from notes;\n"
    apply(project, "", entities.format("integer"))
    goes_there_and_back(project, database, "", entities.format("bigint"))


def test_a_default_that_has_to_call_another_function(project: Project, database: Database) -> None:
    """Its text stays, and to the server it is another default."""
    column = 'x = mapped_column(Integer, server_default=text("f(1)"))'
    entities = "create function f(n {}) returns integer language sql immutable as 'select 1';\n"
    apply(project, column, entities.format("integer"))
    goes_there_and_back(project, database, column, entities.format("bigint"))


def test_a_type_with_a_precision_in_a_policy(project: Project, database: Database) -> None:
    """It is read, found unchanged when nothing changed, and changed when the precision did."""
    policy = "alter table notes enable row level security;\ncreate policy fresh on notes using (at > now()::{});"
    column = "at = mapped_column(TIMESTAMP(timezone=True))"
    apply(project, column, policy.format("timestamptz(3)"))
    assert set(project.states().values()) == {"applied"}
    declare(project, column, policy.format("TimestampTZ (3)"))
    assert not project.make().changed
    goes_there_and_back(project, database, column, policy.format("timestamptz(6)"))


CHECKS = "select pg_get_constraintdef(oid) from pg_constraint where conrelid = 'notes'::regclass and contype = 'c'"


def test_a_check_on_an_added_column_is_there(project: Project, database: Database) -> None:
    apply(project, "")
    goes_there_and_back(project, database, 'n = mapped_column(Integer, CheckConstraint("n > 0", name="positive"))')
    assert database.execute(CHECKS) == [("CHECK ((n > 0))",)]


def test_a_check_without_a_name_on_an_added_column_is_there(project: Project, database: Database) -> None:
    """The server gives it one."""
    apply(project, "")
    goes_there_and_back(project, database, 'n = mapped_column(Integer, CheckConstraint("n > 0"))')
    assert database.execute(CHECKS) == [("CHECK ((n > 0))",)]


# -- whose it is -----------------------------------------------------------------------------------------------------


def test_a_table_that_is_nobodys_is_not_dropped(project: Project, database: Database) -> None:
    """One that our history has made is."""
    project.write({"app/models.py": HEAD + '\nclass Other(Base):\n    __tablename__ = "others"\n'
                   "    id: Mapped[int] = mapped_column(primary_key=True)\n"})  # fmt: skip
    project.make()
    project.migrate()
    database.execute("create table legacy (id integer primary key); create view on_it as select id from legacy")
    assert not project.make(against="database").changed
    project.write({"app/models.py": HEAD})
    assert project.make(against="database").lines == [("-", "Drop table others")]
    project.migrate()
    assert database.execute("select to_regclass('legacy')::text, to_regclass('others')") == [("legacy", None)]


def test_the_ledger_in_a_schema_of_its_own(tmp_path: Path, database: Database) -> None:
    """It is made, used, and taken neither for a table nor for a schema of the project."""
    project = Project(tmp_path, database.url, settings='[ledger]\ntable = "ops.ledger"\n')
    apply(project, "", "create view one as select 1 as n;")
    assert database.execute("select to_regclass('ops.ledger')::text, to_regclass('cucurbit_ledger')") == [
        ("ops.ledger", None)
    ]
    assert project.states(everything=True) == {"view public.one": "applied"}
    assert not project.make(against="database").changed
    apply(project, "", "create view one as select 2 as n;")
    project.migrate("-1")
    assert project.states() == {"view public.one": "changed"}
    project.migrate("base")
    project.migrate()
    assert project.states() == {"view public.one": "applied"}


# -- the history -----------------------------------------------------------------------------------------------------


def merged(project: Project, server: Server) -> Iterator[tuple[Database, list[str]]]:
    """Two branches that each add a value to an enum, merged; applied to two databases, in either order.

    With each database come the values that its type has, in their order. A row is there before the second branch.
    """
    column = 'status = mapped_column(Enum("new", {} name="status"), server_default="new")'
    declare(project, column.format(""))
    project.make()
    branches = {}
    for branch in ("late", "gone"):
        declare(project, column.format(f'"{branch}",'))
        project.make(branch)
        branches[f"migrations/versions/0002_{branch}.py"] = project.revisions[1].read_text()
        project.revisions[1].unlink()
    project.write(branches)
    declare(project, column.format('"late", "gone",'))
    project.make(merge=True)
    for first in branches:
        with new_database(server) as database:
            settings = project.path / "settings.toml"
            settings.write_text(re.sub(r'url = ".*"', f'url = "{database.url}"', settings.read_text()))
            project.migrate(Path(first).stem)
            database.execute("insert into notes (id) values (1)")
            project.migrate()
            values = database.execute("select unnest(enum_range(null::status))::text")
            yield database, [value for (value,) in values]


def test_branches_that_each_add_a_value_to_one_type_are_merged(project: Project, server: Server) -> None:
    """The column has that type, and nothing is left to do."""
    for database, values in merged(project, server):
        assert set(values) == {"new", "late", "gone"}
        assert database.execute("select status::text, pg_typeof(status)::text from notes") == [("new", "status")]
        assert project.states() == {"enum public.status": "applied"}
        assert not project.make().changed


@pytest.mark.xfail(strict=True, reason="the merge adds what is missing, and the order stays what the branches made it")
def test_a_merged_type_has_the_declared_order(project: Project, server: Server) -> None:
    """Whichever branch was first."""
    assert [values for _, values in merged(project, server)] == [["new", "late", "gone"]] * 2


def test_the_number_of_a_revision_is_not_taken_from_alembics_own(project: Project) -> None:
    """Whose names are hexadecimal, and may begin with a year."""
    apply(project, "")
    (first,) = project.revisions
    text = '"""X"""\n\nrevision = "1975ea83b712"\ndown_revision = "{}"\n\n\ndef upgrade():\n    pass\n\n\n'
    text += "def downgrade():\n    pass\n"
    project.write({"migrations/versions/1975ea83b712_x.py": text.format(first.stem)})
    declare(project, "x = mapped_column(Text)")
    (path,) = project.make("more").paths
    assert path.name == "0002_more.py"


def test_an_index_that_a_model_has_as_well_is_an_error_that_says_so(project: Project, database: Database) -> None:
    apply(project, "x = mapped_column(Text, index=True)")
    declare(project, "x = mapped_column(Text, index=True)", "create index ix_notes_x on notes (x);")
    with untouched(project, database), pytest.raises(SqlError) as caught:
        project.make()
    assert "ix_notes_x" in caught.value.message
    assert "model" in caught.value.message + (caught.value.hint or "")
    assert str(caught.value.place).startswith("app/entities/all.sql:1:")


HARD = r"""
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table(
    "t",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("note", sa.Text, server_default=sa.text(r"'%\:b'")),
    sa.CheckConstraint(r"note like '50%' and note <> '\:b'"),
    sa.Column("up", sa.Text, sa.Computed(r"note || '%\:b'")),
    sa.Column("quoted", sa.Text, server_default="'it''s"),
)
"""


def test_percent_signs_colons_and_quotes_are_written_as_they_are(database: Database, tmp_path: Path) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": HARD})
    project.make()
    project.migrate()
    definitions = """
        select pg_get_constraintdef(oid) from pg_constraint where contype = 'c' and conrelid = 't'::regclass
        union all (select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 't'::regclass and adnum > 1
                    order by adnum)
    """
    assert [text for (text,) in database.execute(definitions)] == [
        "CHECK (((note ~~ '50%'::text) AND (note <> ':b'::text)))",
        "'%:b'::text",
        "(note || '%:b'::text)",
        "'''it''''s'::text",
    ]
    assert project.make().lines == []
