"""What projects bring along that have used other tools: URLs of other drivers, schemas, bases, naming conventions."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from cucurbit.database.connect import resolve
from cucurbit.errors import AppError, DatabaseError
from cucurbit.project.apps import collect
from cucurbit.project.settings import Settings
from tests.project import Project
from tests.servers import Database
from tests.shell import run

# -- urls --------------------------------------------------------------------------------------------------------------

AT = "://user:secret@host:5432/shop"


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        (f"postgres{AT}", ""),
        (f"postgresql+psycopg2{AT}?sslmode=require", "?sslmode=require"),
        (f"postgresql+asyncpg{AT}?ssl=require&prepared_statement_cache_size=0", "?sslmode=require"),
        (
            f"postgresql+asyncpg{AT}?ssl=verify_full&timeout=2.5&command_timeout=60",
            "?connect_timeout=3&sslmode=verify-full",
        ),
        (f"postgresql+asyncpg{AT}?ssl=true&sslmode=verify-ca&async_fallback=true", "?sslmode=verify-ca"),
        (f"postgresql+pg8000{AT}?unix_sock=/run/pg/.s.PGSQL.5432&tcp_keepalive=false", "?host=/run/pg&keepalives=0"),
        (f"postgresql+asyncpg{AT}?host=one:5432&host=two:5433", "?host=one:5432&host=two:5433"),
        (f"postgresql+psycopg{AT}?options=-csearch_path%3Dpublic", "?options=-csearch_path%3Dpublic"),
    ],
)
def test_a_url_of_another_driver_is_understood(given: str, understood: str) -> None:
    found = resolve(given, Settings())
    assert found.drivername == "postgresql+psycopg"
    assert found == make_url(f"postgresql+psycopg{AT}{understood}")


@pytest.mark.parametrize("query", ["ssl=SECRET", "timeout=SECRET", "options=-csearch_path%3Dshop"])
def test_a_parameter_that_cannot_be_is_refused(query: str) -> None:
    with pytest.raises(DatabaseError, match="the database's url") as caught:
        resolve(f"postgresql+asyncpg{AT}?{query}", Settings())
    assert "secret" not in str(caught.value).lower()


def test_by_the_url_of_another_driver(tmp_path: Path, database: Database) -> None:
    """In the environment, as it often is; another schema is the settings', and the url may say the same."""
    project = Project(tmp_path, "postgresql:///elsewhere", schema="shop")
    project.write({"app/entities/one.sql": "create view one as select 1 as n"})
    url = database.url.replace("postgresql:", "postgresql+asyncpg:") + "&ssl=allow&statement_cache_size=0"
    path = "&options=-csearch_path%3Dshop,public"
    for words in ("makemigrations", "migrate"):
        answer = run(project, *words.split(), DATABASE_URL=url + path)
        assert answer.code == 0, answer.text
    assert database.execute("select n from shop.one") == [(1,)]
    assert "shop.alembic_version" in str(database.execute("select attrelid::regclass from pg_attribute"))


# -- models ------------------------------------------------------------------------------------------------------------

BASES = """
from sqlalchemy import ForeignKey, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {"ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s",
         "ck": "ck_%(table_name)s_%(constraint_name)s", "fk": "fk_%(table_name)s_%(column_0_name)s"}


class Base(DeclarativeBase):
    metadata = MetaData(schema="shop", naming_convention=NAMES)


class Other(DeclarativeBase):
    metadata = MetaData(schema=OTHER)


class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True, index=True)


class Line(Base):
    __tablename__ = "lines"
    id: Mapped[int] = mapped_column(primary_key=True)
    order: Mapped[int] = mapped_column(ForeignKey("shop.orders.id"))


class Visit(Other):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


def test_bases_with_a_schema_and_names_by_a_convention(tmp_path: Path, database: Database) -> None:
    """Also where no entity, but an old revision has made the schema."""
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": BASES.replace("OTHER", "None")})
    answer = run(project, "makemigrations")
    assert 'schema "shop" does not exist' in answer.err
    assert "Declare the schema as an entity" in answer.err
    project.make("first", empty=True)
    (first,) = project.revisions
    first.write_text(first.read_text().replace("    pass", "    op.execute('create schema shop')", 1))
    assert project.make().changed
    project.migrate()
    assert run(project, "makemigrations", "--check").out == "No changes detected\n"
    assert ("fk_lines_order",) in database.execute("select conname from pg_constraint")


@pytest.mark.parametrize("schema", ['"shop"', "None"])
def test_a_table_of_two_bases_is_an_error_that_says_so(tmp_path: Path, schema: str) -> None:
    project = Project(tmp_path, "postgresql:///nowhere", schema="shop")
    project.write({"app/models.py": BASES.replace("OTHER", schema)})
    with project.at_work() as settings, pytest.raises(AppError, match=r"the table shop\.orders is in two metadata"):
        collect(settings)
