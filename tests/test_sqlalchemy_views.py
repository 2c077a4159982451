"""Views and SQLAlchemy: its own CreateView is an entity, and our View is something to select from."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.orm import Session

from cucurbit import Entity, MaterializedView, View
from cucurbit.errors import AppError, SqlError
from cucurbit.project.apps import collect
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database, Server, new_database

OURS = ("cucurbit_ledger*", "alembic_version*")

BASE = """
import datetime
import decimal
import enum

from sqlalchemy import Column, Date, Enum, Index, Integer, MetaData, Numeric, String, Table, Text
from sqlalchemy import bindparam, cast, func, literal, select, text, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.schema import CreateTableAs, CreateView


class Status(enum.Enum):
    open = "open"
    closed = "closed"


class Base(DeclarativeBase):
    metadata = MetaData(schema="shop")


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[Status] = mapped_column(Enum(Status, name="order_status", metadata=Base.metadata))
    total: Mapped[decimal.Decimal] = mapped_column(Numeric(10, 2))
    placed: Mapped[datetime.date]
    note: Mapped[str] = mapped_column("order note")
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))


"""

# Every form that create_all() knows, with the values that are hard to write out.
FORMS = (
    BASE
    + """
class OpenOrder(Base):
    __table__ = CreateView(select(Order.id, Order.total).where(Order.status == Status.open), "open_orders",
                           metadata=Base.metadata, or_replace=True, postgresql_with={"security_invoker": True}).table
    __mapper_args__ = {"primary_key": [__table__.c.id]}

hard = CreateView(
    select(Order.id, Order.note.label("a%b"), Order.note.label("c:d"), literal("it's 100% \\\\ :x").label("e"),
           (Order.tags + ["x", "y'z"]).label("tags"), cast(Order.status, Text), func.count().over().label("n"))
    .where(Order.placed > datetime.date(2024, 2, 29), Order.note.like("50!%%", escape="!"), Order.id.in_([1, 2]),
           Order.total < decimal.Decimal("1.50"),
           Order.tags.contains(["a"]), text('"order note" ~ :p').bindparams(p="q")),
    "Hard %", metadata=Base.metadata)
behind = CreateView(select(OpenOrder.id).join(hard.table, hard.table.c.id == OpenOrder.id), "behind",
                    metadata=Base.metadata, schema="public")
totals = CreateView(
    union_all(select(Order.placed, func.sum(Order.total).label("total"), Order.note).group_by(Order.placed, Order.note),
              select(Order.placed, Order.total, Order.note).limit(5)),
    "a_totals", metadata=Base.metadata, materialized=True)
Index("totals_placed", totals.table.c.placed, postgresql_where=totals.table.c.total > 100)
totals.table.c.total.comment = "with 5 rows more"
copied = CreateTableAs(select(Order.id, Order.note.label("note")), "copied", metadata=Base.metadata, if_not_exists=True)
select(Order).into("nobody_keeps_it", metadata=Base.metadata, schema="pg_temp", temporary=True)
"""
)


def _create_all(project: Project, database: Database, *first: str) -> None:
    """The models' own `create_all()`."""
    for statement in first:
        database.execute(statement)
    with project.at_work():
        engine = create_engine(database.url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            import_module("app.models").Base.metadata.create_all(connection)
        engine.dispose()


def test_views_of_sqlalchemy_become_what_create_all_makes_of_them(tmp_path: Path, server: Server) -> None:
    schema = {"app/entities/schema.sql": "create schema shop"}
    with new_database(server) as ours, new_database(server) as theirs:
        project = Project(tmp_path / "forms", ours.url)
        project.write({"app/models.py": FORMS, **schema})
        made = project.make()
        assert [str(f) for f in made.findings] == [
            "app/models.py:18:1: SQLAlchemy calls a column of shop.a_totals 'order note' when it makes the view, and "
            "'note' when it reads it: give it a name by .label()",
            "app/models.py:18:1: pg_temp.nobody_keeps_it is temporary, gone with the session that made it: "
            "no migration makes it",
        ]
        assert made.residue == []
        project.migrate()
        _create_all(project, theirs, "create schema shop")
        assert difference(dump(theirs), dump(ours, OURS)) == ""
        assert not project.make().changed


PLACES = {
    "app/models.py": BASE
    + """
class Named(Base):
    __table__ = CreateView(select(Order.id), "named", metadata=Base.metadata).table
    __mapper_args__ = {"primary_key": [__table__.c.id]}

from cucurbit import Schema, View
beside = View("beside", select(Order.id))
table = beside.table
schema = Schema("nobody_s")  # this is no module of entities

class Inside(Base):
    __table__ = View("inside", select(Order.id)).table

outside = View("outside", select(Order.id)).table

def _make():
    CreateView(select(Named.id), "nameless", metadata=Base.metadata)
_make()
""",
    "app/entities/views.py": """
from app.models import Order, select
from cucurbit import MaterializedView, View
from sqlalchemy.schema import CreateView

own = View("own", select(Order.id))
alone = CreateView(select(own.c.id), "alone", schema="shop", materialized=True)
alone.table.c.id.comment = "one"
again = alone
passing = CreateView(select(own.c.id), "passing", temporary=True)
""",
}


def test_a_view_stands_where_it_got_its_name_or_with_its_metadata(tmp_path: Path) -> None:
    project = Project(tmp_path, "postgresql://nowhere")
    project.write(PLACES)
    lines = {name: text.splitlines() for name, text in PLACES.items()}
    with project.at_work() as settings:
        declared = collect(settings)
        found = {
            str(identity): lines[entity.origin.file][entity.origin.line - 1]
            for identity, entity in declared.entities.items()
            if entity.origin is not None and entity.app == "app" and identity.kind != "enum"
        }
    assert found == {
        "view shop.named": "class Named(Base):",
        "view shop.nameless": "class Base(DeclarativeBase):",
        "view public.beside": 'beside = View("beside", select(Order.id))',
        "view public.inside": '    __table__ = View("inside", select(Order.id)).table',
        "view public.outside": 'outside = View("outside", select(Order.id)).table',
        "view public.own": 'own = View("own", select(Order.id))',
        "materialized view shop.alone": lines["app/entities/views.py"][6],
        "comment on column id on shop.alone": lines["app/entities/views.py"][6],
    }
    assert declared.tables == [("shop", "orders")]


@pytest.mark.parametrize(
    ("more", "at", "message", "error"),
    [
        ("""
late = CreateView(select(Order.id).where(Order.id == bindparam("q")), "late", metadata=Base.metadata)""",
         "late =", "parameter :q has no value", SqlError),
        ("""
from sqlalchemy.dialects.postgresql import JSONB
json = CreateView(select(Order.id).where(cast(Order.note, JSONB) == {"a": 1}), "json", metadata=Base.metadata)""",
         "json =", "the select() cannot be written as SQL: No literal value renderer is available", SqlError),
        ("""
indexed = CreateView(select(Order.id), "indexed", metadata=Base.metadata)
Index("by_id", indexed.table.c.id)""", "indexed =",
         "shop.indexed has an index, and PostgreSQL has none on views", SqlError),
        ("""
from cucurbit import View
class Mapped(Base):
    __tablename__ = "mapped"
    id: Mapped[int] = mapped_column(primary_key=True)
CreateView(select(Order.id), "twice", metadata=Base.metadata)
twice = CreateView(select(Order.id), "twice")""", "class Base", "view shop.twice is defined twice", SqlError),
    ],
)  # fmt: skip
def test_what_cannot_be_a_view_is_refused_where_it_stands(
    tmp_path: Path, more: str, at: str, message: str, error: type[Exception]
) -> None:
    project = Project(tmp_path, "postgresql://nowhere", schema="shop")
    project.write({"app/models.py": BASE + more})
    with project.at_work() as settings, pytest.raises(error) as caught:
        collect(settings)
    line = next(n for n, line in enumerate((BASE + more).splitlines(), 1) if line.startswith(at))
    assert str(caught.value).startswith(f"app/models.py:{line}:1: {message}")


def test_a_model_that_is_mapped_to_a_view_in_sql_says_so(tmp_path: Path) -> None:
    project = Project(tmp_path, "postgresql://nowhere")
    mapped = 'class Open(Base):\n    __tablename__ = "open"\n    id: Mapped[int] = mapped_column(primary_key=True)\n'
    project.write({"app/models.py": BASE + mapped, "app/entities/v.sql": "create view shop.open as select 1 as id"})
    with project.at_work() as settings, pytest.raises(AppError, match="has the name of a model's table") as e:
        collect(settings)
    *_, code = str(e.value.hint).partition("say so: ")
    project.write({"app/models.py": BASE + mapped + f"    {code}\n"})
    with project.at_work() as settings:
        assert collect(settings).tables == [("shop", "orders")]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (View("texts", "select 1 as n"), "SQLAlchemy does not know the columns of texts, whose definition is text"),
        (View("stars", select(literal_column("*"))), "SQLAlchemy does not know column 1 of stars"),
        (View("none", select(literal(1).label("n"), text("2"))), "SQLAlchemy does not know column 2 of none"),
        (Entity.from_sql("create view v as select 1"), "SQLAlchemy does not know the columns of view public.v"),
    ],
)
def test_a_view_whose_columns_nobody_has_named_is_no_table(view: View, message: str) -> None:
    with pytest.raises(SqlError, match=f"^tests/test_sqlalchemy_views.py:.*: {message}") as caught:
        select(view)
    assert "columns=[Column(" in str(caught.value.hint)


def test_a_view_has_the_columns_that_the_database_will_have() -> None:
    a, b = (Table(name, MetaData(), Column("id", Integer, primary_key=True), Column("x y", Text)) for name in "ab")
    query = select(a.c.id, b.c.id, b.c["x y"].label("z"), func.count(), a.c.id + 1).group_by(a.c.id, b.c.id)
    of_select = View("v", query, columns=["one", Column("two", Text)], schema="shop").table
    assert [(c.name, str(c.type), c.primary_key) for c in of_select.c] == [
        ("one", "INTEGER", True),
        ("two", "TEXT", False),
        ("z", "TEXT", False),
        ("count_1", "INTEGER", False),
        ("anon_1", "INTEGER", False),
    ]
    of_text = MaterializedView("w", "select 1, 2", columns=["m", Column("n", Integer, primary_key=True)])
    assert [(c.name, c.primary_key) for c in of_text.c] == [("m", False), ("n", True)]
    assert str(select(of_select.c.z, of_text)) == "SELECT shop.v.z, w.m, w.n \nFROM shop.v, w"


ONCE_A_TABLE = """
Table("unfinished", Base.metadata, Column("id", Integer), schema="public")
Table("counted", Base.metadata, Column("n", Integer), schema="public")
"""
NOW_A_VIEW = """
CreateView(select(Order.id), "unfinished", metadata=Base.metadata, schema="public")
Table("counted", Base.metadata, Column("n", Integer), schema="public", info={"is_view": True})
"""


def test_what_alembic_once_took_for_a_table_becomes_the_view_that_was_meant(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    schema = "create schema shop;"
    project.write({"app/models.py": BASE + ONCE_A_TABLE, "app/entities/all.sql": schema})
    project.make()
    project.migrate()
    view = "create view counted as select count(*) as n from unfinished"
    project.write({"app/models.py": BASE + NOW_A_VIEW, "app/entities/all.sql": f"{schema} {view}"})
    assert {what for _, what in project.make().lines} == {
        "Drop table unfinished",
        "Drop table counted",
        "Create view public.unfinished",
        "Create view public.counted",
    }
    project.migrate()
    assert database.execute("select n from counted") == [(0,)]
    assert not project.make().changed


# Fifty tables and two hundred views, of which each reads the one before it.
MANY = """
from sqlalchemy import Column, Integer, Table, Text, select
from sqlalchemy.orm import DeclarativeBase, Mapped
from sqlalchemy.schema import CreateView


class Base(DeclarativeBase):
    pass


tables = []
views = []
for n in range(50):
    table = Table(f"t{n}", Base.metadata, Column("id", Integer, primary_key=True), Column("n", Integer),
                  Column("name", Text))
    tables.append(table)
    plain = CreateView(select(table.c.id, (table.c.n * 10).label("n")).where(table.c.name != "none"), f"plain{n}",
                       metadata=Base.metadata)
    stored = CreateView(select(plain.table), f"stored{n}", metadata=Base.metadata, materialized=True)
    views.append(stored.table)


class Stored(Base):
    __table__ = views[7]
    __mapper_args__ = {"primary_key": [__table__.c.id]}
    id: Mapped[int]
    n: Mapped[int]
"""

MANY_OURS = """
from app.models import Base, Mapped, tables
from app.models import views as theirs
from cucurbit import MaterializedView, View
from sqlalchemy import select

ours = [View(f"ours{n}", select(tables[n].c.id, theirs[n].c.n).join(theirs[n], theirs[n].c.id == tables[n].c.id))
        for n in range(50)]
kept = [MaterializedView(f"kept{n}", select(ours[n].c.id, ours[n].c.n).where(ours[n].c.n > 10)) for n in range(50)]


class Ours(Base):
    __table__ = ours[7].table
    id: Mapped[int]
    n: Mapped[int]
"""


def test_two_hundred_views_through_the_whole_course(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MANY, "app/entities/views.py": MANY_OURS})
    made = project.make()
    assert (len(made.lines), made.residue, made.findings) == (250, [], [])
    project.migrate()
    database.execute("insert into t7 select i, i, 'name' from generate_series(1, 3) i")

    for name in ("stored7", "kept7"):
        database.execute(f"refresh materialized view {name}")
    assert _rows(project, database) == {"Stored": [(1, 10), (2, 20), (3, 30)], "Ours": [(1, 10), (2, 20), (3, 30)]}

    project.write(
        {
            "app/models.py": MANY.replace("table.c.n * 10", "table.c.n * (20 if n == 7 else 10)"),
            "app/entities/views.py": MANY_OURS.replace("c.n > 10", "c.n > (40 if n == 7 else 10)"),
        }
    )
    assert {what for _, what in project.make().lines} == {
        "Replace view public.plain7",
        "Replace materialized view public.kept7",
    }
    project.migrate()
    for name in ("stored7", "kept7"):
        database.execute(f"refresh materialized view {name}")
    assert _rows(project, database)["Ours"] == [(1, 20), (2, 40), (3, 60)]
    assert database.execute("select id, n from kept7 order by id") == [(3, 60)]
    assert set(project.states().values()) == {"applied"}
    assert not project.make().changed
    project.write({"pyproject.toml": '[tool.alembic]\nscript_location = "migrations"\nprepend_sys_path = ["."]\n'})
    with project.at_work():
        alembic.command.check(alembic.config.Config(toml_file="pyproject.toml"))


def _rows(project: Project, database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """What the mapped classes of `MANY` and `MANY_OURS` find."""
    engine = create_engine(database.url.replace("postgresql:", "postgresql+psycopg:"))
    with project.at_work(), Session(engine) as session:
        classes = import_module("app.models").Stored, import_module("app.entities.views").Ours
        found = {
            mapped.__name__: [(row.id, row.n) for row in session.scalars(select(mapped).order_by(mapped.id))]
            for mapped in classes
        }
    engine.dispose()
    return found
