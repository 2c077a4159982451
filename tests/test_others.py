"""Beside others in one database: Alembic without cucurbit, another cucurbit project, extensions, somebody's own.

Whatever our project does, their definitions and rows stay, and nobody of theirs has to wait for more than a reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config

from tests import observer
from tests.project import NAME, Project
from tests.servers import Database
from tests.shell import run

MODELS = """
from sqlalchemy import BigInteger, Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int] = mapped_column({type})
"""
ENTITIES = """
create function {prefix}twice(n integer) returns integer language sql immutable as 'select n * {factor}';
create view {prefix}totals as select id, total * {factor} as total from {prefix}orders;
create materialized view {prefix}stored as select * from {prefix}totals;
create function {prefix}touched() returns trigger language plpgsql as
  $$ begin new.id := new.id * {factor}; return new; end $$;
create trigger touched before update on {prefix}orders for each row execute function {prefix}touched();
"""

# A project of Alembic's own, with a version table of its own, in the same schema and in another.
ENV = """
from alembic import context
from sqlalchemy import create_engine

with create_engine({url!r}).connect() as connection:
    context.configure(connection=connection, version_table="their_version")
    with context.begin_transaction():
        context.run_migrations()
"""
THEIRS = """
from alembic import op

revision = "their_first"
down_revision = None


def upgrade():
    op.execute('''
        create schema theirs;
        create type theirs.mood as enum ('good', 'bad');
        create table theirs.things (id serial primary key, mood theirs.mood default 'good', n integer check (n > 0));
        create table their_things (id integer primary key, thing integer references theirs.things, total integer);
        create table their_orders (like their_things including all);
        create index on their_things (total);
        create function theirs.twice(n integer) returns integer language sql as 'select n * 2';
        create function their_touched() returns trigger language plpgsql as $$ begin return new; end $$;
        create trigger touched before update on their_things for each row execute function their_touched();
        create view their_totals as select total, theirs.twice(total) as twice from their_things;
        create materialized view their_stored as select * from their_totals;
        create policy own on their_things using (total > 0);
        comment on table their_things is 'theirs';
        grant select on their_totals to pg_monitor;
        insert into theirs.things (n) select generate_series(1, 9);
        insert into their_things select n, n, n from generate_series(1, 9) n;
    ''')
"""
BY_HAND = """
create table by_hand (id integer primary key, note text);
create view by_hand_too as select note from by_hand;
insert into by_hand values (1, 'kept');
"""
EXTENSIONS = """
create extension postgis;
create schema partman;
create extension pg_partman schema partman;
create table visits (id integer, day date not null, place geometry(Point, 4326)) partition by range (day);
select partman.create_parent('public.visits', 'day', 'native', 'daily');
insert into visits values (1, current_date, st_setsrid(st_makepoint(1, 2), 4326));
"""


def declared(factor: int, prefix: str = "") -> dict[str, str]:
    return {
        "app/models.py": MODELS.format(type="Integer" if factor == 1 else "BigInteger"),
        "app/entities/all.sql": ENTITIES.format(factor=factor, prefix=prefix),
    }


def of_alembic(path: Path, database: Database) -> Config:
    """Alembic without cucurbit, as `alembic` would be run there."""
    folder = path / "their_migrations"
    (folder / "versions").mkdir(parents=True)
    url = database.url.replace("postgresql:", "postgresql+psycopg:")
    (folder / "env.py").write_text(ENV.format(url=url))
    (folder / "versions/one.py").write_text(THEIRS)
    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    return config


@contextmanager
def only_readers(database: Database, tables: list[str]) -> Iterator[None]:
    """A session that holds EXCLUSIVE on tables, which goes with ACCESS SHARE only; whoever wants more fails."""
    with psycopg.connect(database.url) as connection:
        connection.execute(f"lock table only {', only '.join(tables)} in exclusive mode".encode())
        yield


def tables_of(database: Database) -> list[str]:
    found = database.execute(
        "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = relnamespace"
        " where relkind in ('r', 'p') and nspname !~ '^pg_|^information_schema$' order by 1"
    )
    return [name for (name,) in found]


def rows_of(database: Database, tables: list[str], ours: str) -> dict[str, object]:
    """What is in each table, of the ledger what is not ours."""
    digest = "select count(*), md5(string_agg(t::text, ';' order by t::text)) from {} t where {}"
    return {
        name: database.execute(
            digest.format(name, f"t.project <> '{ours}'" if name == "cucurbit_ledger" else "true").replace("%", "%%")
        )
        for name in tables
    }


@pytest.mark.servers("18", "15")
def test_nothing_of_others_is_touched(database: Database, tmp_path: Path) -> None:
    theirs = of_alembic(tmp_path, database)
    command.upgrade(theirs, "head")
    database.execute(BY_HAND)
    if len(database.execute("select 1 from pg_available_extensions where name in ('postgis', 'pg_partman')")) == 2:
        database.execute(EXTENSIONS)
    other = Project(
        tmp_path / "other",
        database.url,
        schema="second",
        name=f"{NAME} second",
        settings='[ledger]\ntable = "public.cucurbit_ledger"\n',
    )
    other.write(declared(1, "second."))
    other.make(), other.migrate()

    before, tables = observer.dump(database), tables_of(database)
    rows = rows_of(database, tables, NAME)

    def check() -> None:
        gone = [line for line in observer.difference(before, observer.dump(database)).splitlines() if line[:1] == "-"]
        assert gone[1:] == []
        assert rows_of(database, tables, NAME) == rows

    project = Project(tmp_path / "ours", database.url)
    project.write(declared(1))
    with only_readers(database, [name for name in tables if name != "cucurbit_ledger"]):
        project.make(), project.migrate()
        for factor in (2, 3):
            project.write(declared(factor))
            assert project.make().changed
            if factor == 2:
                project.migrate()
        check()
        said = ""
        for words in ("showentities --diff", "checkdrift", "migrate --plan", "showmigrations"):
            answer = run(project, *words.split())
            said += answer.text
            assert "Error" not in answer.text
        assert run(project, "refreshviews").code == 0
        project.migrate()
        assert run(project, "makemigrations", "--against", "database").out == "No changes detected\n"
        project.migrate("-1"), project.migrate(), project.migrate("zero")
    for name in ("their_", "theirs.", "by_hand", "second.", "visits", "partman", "spatial_ref_sys"):
        assert name not in said
    check()
    database.execute("drop table alembic_version")
    assert observer.difference(before, observer.dump(database)) == ""
    assert set(other.states().values()) == {"applied"}
    assert other.make().lines == []
    command.current(theirs)
    command.downgrade(theirs, "their_first")


def test_two_projects_of_one_version_table_are_told_apart(database: Database, tmp_path: Path) -> None:
    """In one schema, without names of their own: who comes second is refused, and touches nothing."""
    first = Project(tmp_path / "first", database.url, name=f"{NAME} first")
    first.write({"app/entities/a.sql": "create view a as select 1 as n;"})
    first.make("a"), first.migrate()
    second = Project(tmp_path / "second", database.url, name=f"{NAME} second")
    second.write({"app/entities/b.sql": "create view b as select 1 as n;"})
    second.make("other")
    before = observer.dump(database), database.execute("select * from cucurbit_ledger")
    for words in ("migrate", "migrate zero", "makemigrations --against database", "showmigrations"):
        answer = run(second, *words.split())
        assert answer.code == 1
        assert "the database is at revision 0001_a, which is not there" in answer.err
        assert "a schema of its own" in answer.err
    assert (observer.dump(database), database.execute("select * from cucurbit_ledger")) == before


@pytest.mark.parametrize("option", ["version_table", "version_table_schema"])
def test_a_version_table_of_another_name_is_refused(database: Database, tmp_path: Path, option: str) -> None:
    """And not passed over in silence."""
    project = Project(tmp_path, database.url)
    project.write({"pyproject.toml": f'[tool.alembic]\nscript_location = "migrations"\n{option} = "mine"\n'})
    for words in ("migrate", "makemigrations", "showmigrations"):
        answer = run(project, *words.split())
        assert answer.code == 1
        assert answer.err.startswith("Error: pyproject.toml:3:1: "), answer.err
        assert option in answer.err
