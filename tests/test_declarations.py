"""What other libraries declare is an entity, and the same object that they would make of it."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Connection, MetaData, create_engine, text
from sqlalchemy.dialects.postgresql import dialect

from cucurbit.errors import SqlError
from cucurbit.project.apps import collect
from tests.observer import difference, dump
from tests.project import Project
from tests.servers import Database, Server, new_database

pytest.importorskip("sqlalchemy_declarative_extensions", reason="what only the extra `dev` has")

OURS = ("cucurbit_ledger*", "alembic_version*")

HEAD = """
from sqlalchemy import Column, Index, Integer, UniqueConstraint, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy_declarative_extensions import (
    Databases, Function, Functions, Grants, Procedure, Procedures, Role, Roles, Row, Rows, Schema, Schemas, Trigger,
    Triggers, View, ViewIndex, Views, declarative_database, register_function, register_view, view)
from sqlalchemy_declarative_extensions.audit import audit
from sqlalchemy_declarative_extensions.dialects import postgresql
from sqlalchemy_declarative_extensions.dialects.postgresql import DefaultGrant, Grant

"""

MODELS = (
    HEAD
    + """
gross = Function("gross", "select net * 119 / 100", language="sql", returns="numeric", parameters=["net numeric"])


@declarative_database
class Base(DeclarativeBase):
    schemas = Schemas().are("shop")
    roles = Roles(ignore_unspecified=True).are(
        Role("there", external=True),
        "reader_R",
        postgresql.Role("writer_R", login=True, connection_limit=3, in_roles=["reader_R"], password="secret"),
    )
    grants = Grants(ignore_unspecified=True).are(
        DefaultGrant.on_tables_in_schema("shop", "public").grant("select", to="reader_R"),
        DefaultGrant.on_sequences_in_schema("shop").grant("usage", to="writer_R"),
        Grant.new("usage", to="reader_R").on_schemas("shop"),
        Grant.new("insert", "update", to="writer_R").on_tables("shop.orders", "public.plain"),
        Grant.new("delete", to="writer_R").on_tables("shop.orders"),
        Grant.new("select", to="writer_R", grant_option=True).on_tables("shop.orders"),
    )
    functions = Functions().are(
        gross,
        postgresql.Function(
            "touch",
            '''
            begin
              new."total" := new.total + 1;  -- it's 100 %
              return new;
            end
            ''',
            language="plpgsql", returns="trigger", schema="shop", security=postgresql.FunctionSecurity.definer),
        postgresql.Function(
            "numbered", "select i, i::text from generate_series(1, n) i", schema="shop", language="sql",
            parameters=["n integer"], returns=postgresql.FunctionReturn(table=["a integer", "B text"]),
            volatility=postgresql.FunctionVolatility.STABLE, strict=True, parallel=postgresql.FunctionParallel.SAFE),
    )
    procedures = Procedures().are(Procedure("work", "begin end", language="plpgsql", schema="shop"))
    triggers = Triggers().are(
        postgresql.Trigger.before("insert", "update", on="shop.orders", execute="shop.touch", name="orders_touch")
        .for_each_row().when("new.total > 0"))
    views = Views(ignore={"else*"}).are(
        View("elsewhere", "no sql"),
        View("every", "select id, total from shop.orders", schema="shop"),
        postgresql.View("kept", "select 1 as id, 2 as n", materialized=True,
                        constraints=[ViewIndex(["id", "n"], "both")]),
    )
    databases = Databases().are("another")
    rows = Rows().are(Row("shop.orders", id=1, total=2))


@audit()
class Order(Base):
    __tablename__ = "orders"
    __table_args__ = {"schema": "shop"}
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]


class Plain(Base):
    __tablename__ = "plain"
    __table_args__ = (
        postgresql.Trigger.after("delete", execute="shop.touch", name="plain_gone"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)


@view(Base, materialized={"with_data": False}, register_as_model=True)
class Totals:
    __tablename__ = "totals"
    __table_args__ = (
        Index(None, "total"), UniqueConstraint("id"), {"schema": "shop"})
    __view__ = select(Order.__table__).where(Order.total > 10)
    id = Column(Integer, primary_key=True)
    total = Column(Integer)


@view(Base)
class Texts:
    __tablename__ = "texts"
    __view__ = lambda: "select 'a:b' as a;"


register_view(Base, View("later", select(Order.id).where(Order.total > 1), schema="shop"))
"""
)


def _roles(database: Database, suffix: str) -> list[tuple[Any, ...]]:
    return database.execute(
        f"""select r.*, array(select m.roleid::regrole::text from pg_auth_members m where m.member = x.oid)
              from pg_authid x,
                   lateral (select to_jsonb(x) - 'oid' - 'rolpassword' as role) r
             where x.rolname like '%{suffix}' order by x.rolname"""
    )


def _by_themselves(connection: Connection, metadata: MetaData) -> None:
    """What the library does by its own means. (Its views would want another package, to bring them into a form.)"""
    from sqlalchemy_declarative_extensions import ViewIndex, register_sqlalchemy_events
    from sqlalchemy_declarative_extensions.dialects import postgresql

    grants = metadata.info["grants"]
    later = [grant for grant in grants if isinstance(grant, postgresql.GrantStatement)]
    metadata.info["grants"] = replace(grants, grants=[grant for grant in grants if grant not in later])
    parts = ("schemas", "roles", "grants", "functions", "procedures", "triggers")
    register_sqlalchemy_events(metadata, **dict.fromkeys(parts, True))
    metadata.create_all(connection)
    for declared in metadata.info["views"].views[1:]:
        query = declared.view_def if hasattr(declared, "view_def") else declared.definition
        view = postgresql.View(declared.name, query, declared.schema, materialized=declared.materialized)
        convention: Any = metadata.naming_convention
        own = dialect()  # type: ignore[no-untyped-call]
        indexes = [ViewIndex.from_unknown(item, view, own, convention) for item in declared.constraints or ()]
        made = postgresql.MaterializedOptions.from_value(view.materialized)
        for statement in replace(view, materialized=made, constraints=indexes).to_sql_create(own):
            connection.execute(text(statement.replace(":b", "\\:b")))
    metadata.info["grants"] = replace(grants, grants=later)
    for grant in later:
        connection.execute(grant.to_sql())


def test_declarative_extensions_become_what_they_make_by_themselves(tmp_path: Path, server: Server) -> None:
    suffix = uuid4().hex[:8]
    project = Project(tmp_path, "postgresql://nowhere")
    project.write({"app/models.py": MODELS.replace("_R", f"_{suffix}")})
    with new_database(server) as theirs:
        engine = create_engine(theirs.url.replace("postgresql:", "postgresql+psycopg:"))
        with project.at_work(), engine.begin() as connection:
            _by_themselves(connection, import_module("app.models").Base.metadata)
        engine.dispose()
        wanted, roles = dump(theirs), _roles(theirs, suffix)
    with new_database(server) as after:  # the roles are the server's, and those of ours are in use on scratch
        after.execute(f"drop role writer_{suffix}; drop role reader_{suffix}")
    with new_database(server) as ours:
        project = Project(tmp_path, ours.url)
        made = project.make()
        assert [str(finding).partition(" ")[2] for finding in made.findings] == [
            "no migration makes the rows that sqlalchemy-declarative-extensions declares here: rows are data",
            "no migration makes the databases that sqlalchemy-declarative-extensions declares here: "
            "a migration is of one database",
            f"role writer_{suffix} has a password here, and none in a migration, which many read: set it by hand",
        ]
        assert made.residue == []
        project.migrate()
        assert difference(wanted, dump(ours, OURS)) == ""
        assert roles == _roles(ours, suffix)
        assert not project.make().changed


REFUSED = {
    "schema": (
        "functions = Functions().are(Function('f', 'select 1', schema='public'))",
        "f is declared in schema public, which sqlalchemy-declarative-extensions leaves out, and here that means shop",
    ),
    "trigger": (
        "triggers = Triggers().are(Trigger('t', 'orders', 'f'))",
        "trigger t is not one of PostgreSQL's",
    ),
    "parameter": (
        "views = Views().are(View('v', select(column('a')).where(column('a') == bindparam('q'))))",
        "parameter :q has no value",
    ),
    "syntax": ("views = Views().are(View('v', 'selec 1'))", 'syntax error at or near "selec"'),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_declarative_extensions_cannot_say_is_refused_where_it_is_declared(tmp_path: Path, case: str) -> None:
    code, message = REFUSED[case]
    text = f"{HEAD}from sqlalchemy import bindparam, column\n@declarative_database\nclass Base(DeclarativeBase):\n    "
    project = Project(tmp_path, "postgresql://nowhere", schema="shop")
    project.write({"app/models.py": f"{text}{code}\n"})
    with project.at_work() as settings, pytest.raises(SqlError) as caught:
        collect(settings)
    line = text.splitlines().index("class Base(DeclarativeBase):") + 1
    assert str(caught.value).startswith(f"app/models.py:{line}:1: {message}")


def test_a_declaration_stands_where_it_has_its_name(tmp_path: Path) -> None:
    project = Project(tmp_path, "postgresql://nowhere")
    schema = "schemas = Schemas().are('shop', Schema('owned', use_role='reader_R'))\n    roles = Roles"
    project.write({"app/models.py": MODELS.replace("roles = Roles", schema, 1)})
    lines = project.path.joinpath("app/models.py").read_text().splitlines()
    with project.at_work() as settings:
        declared = {str(identity): entity for identity, entity in collect(settings).entities.items()}
    found = {}
    for name in ("public.gross(numeric)", "materialized view shop.totals", "view public.texts", "schema owned"):
        entity = declared[name if name in declared else f"function {name}"]
        assert entity.origin is not None
        found[name] = lines[entity.origin.line - 1]
        assert entity.app == "app"
    assert found == {
        "public.gross(numeric)": 'gross = Function("gross", "select net * 119 / 100", language="sql", '
        'returns="numeric", parameters=["net numeric"])',
        "materialized view shop.totals": "class Totals:",
        "view public.texts": "class Texts:",
        "schema owned": "class Base(DeclarativeBase):",
    }
    assert declared["schema owned"].sql == 'create schema owned authorization "reader_R"'


# -- moving in ---------------------------------------------------------------------------------------------------------

# What the three libraries had Alembic write, before there was a ledger.
HISTORY = '''
import sqlalchemy as sa
from alembic import op

revision = "1a2b"
down_revision = None


def upgrade():
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), sa.Column("total", sa.Integer))
    op.execute("""CREATE VIEW large AS SELECT orders.id \\nFROM orders \\nWHERE orders.total > 100""")
    op.execute("""CREATE FUNCTION "doubled"(n int4) RETURNS int4 LANGUAGE sql AS $$select n * 2$$;""")
    op.execute("""CREATE MATERIALIZED VIEW sums AS select doubled(total) as d from orders WITH NO DATA;""")
    op.execute("""CREATE UNIQUE INDEX "sums_d" ON "sums" (d);""")
    op.execute("CREATE OR REPLACE FUNCTION public.stamp()\\n RETURNS trigger\\n LANGUAGE plpgsql\\n"
               "AS $function$begin return new; end$function$\\n")
    op.execute("CREATE TRIGGER stamped BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION stamp()")


def downgrade():
    op.drop_table("orders")
'''

MOVED = {
    "app/models.py": HEAD
    + """
from sqlalchemy.schema import CreateView

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int | None]

CreateView(select(Order.id).where(Order.total > 100), "large", metadata=Base.metadata)
register_function(Base, Function("doubled", "select n * 2", returns="integer", parameters=["n integer"]))
register_view(Base, postgresql.View("sums", "select doubled(total) as d from orders", constraints=[
    ViewIndex(["d"], "sums_d", unique=True)], materialized={"with_data": False}))
""",
    "app/entities/pg_autogen.py": '''
from cucurbit import Entity
from alembic_pg_autogen import IGNORED

PG_VIEWS = IGNORED
PG_FUNCTIONS = [
    """
    CREATE OR REPLACE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$begin return new; end$$
    """,
]
PG_TRIGGERS = ["CREATE TRIGGER stamped BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION stamp()"]
entities = [Entity.from_sql(sql) for sql in (*PG_FUNCTIONS, *PG_TRIGGERS)]
''',
}


def test_the_move_from_their_histories_runs_no_statement(tmp_path: Path, database: Database) -> None:
    pytest.importorskip("alembic_pg_autogen")
    project = Project(tmp_path, database.url)
    project.write({"migrations/versions/1a2b_theirs.py": HISTORY})
    project.migrate()
    before = dump(database, OURS)
    project.write(MOVED)
    made = project.make()
    assert {line for _, line in made.lines} == {
        f"Adopt {what}"
        for what in (
            "view public.large",
            "function public.doubled(integer)",
            "materialized view public.sums",
            "index public.sums_d",
            "function public.stamp()",
            "trigger stamped on public.orders",
        )
    }
    project.migrate()
    assert difference(before, dump(database, OURS)) == ""
    assert set(project.states().values()) == {"applied"}
    assert not project.make().changed
