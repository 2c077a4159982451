"""Least privilege: nobody needs a superuser, neither to migrate nor to work with what was migrated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.project import Project
from tests.servers import Database, Server
from tests.shell import role, run, url_of

MODELS = """
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    amount: Mapped[int]
    touched: Mapped[int] = mapped_column(server_default="0")


class Line(Base):
    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
"""

ENTITIES = """
create schema reports;
create type state as enum ('new', 'paid');
create function twice(n integer) returns integer language sql immutable as 'select n * 2';
create function touch() returns trigger language plpgsql as 'begin new.touched := new.touched + 1; return new; end';
create trigger orders_touch before insert or update on orders for each row execute function touch();
create view doubled as select id, twice(amount) as amount, touched from orders;
create materialized view reports.sums as select count(*) as n, sum(amount) as amount from doubled;
create unique index sums_n on reports.sums (n);
alter table orders enable row level security;
create policy everything on orders using (amount >= 0);
grant select, insert, update on orders to {app};
grant usage on sequence orders_id_seq to {app};
grant select on doubled to {app};
"""

# What docs/production.md says, as a superuser has to say it once.
GRANTS = """
create role {owner};
grant {owner} to {deploy};
grant connect, create, temporary on database {database} to {owner};
grant usage, create on schema public to {owner};
"""


@contextmanager
def acting(database: Database, attributes: str = "createdb") -> Iterator[tuple[str, str, str]]:
    """The roles of a login that may migrate as an owner, of that owner, and of an application."""
    owner = f"owner_{uuid4().hex[:12]}"
    with role(database, attributes) as deploy, role(database) as app:
        database.execute(GRANTS.format(owner=owner, deploy=deploy, database=database.name))
        try:
            yield deploy, owner, app
        finally:
            with psycopg.connect(database.server.url(), autocommit=True) as connection:
                owned = "select datname from pg_database where datdba = %s::regrole"
                for (scratch,) in connection.execute(owned, [owner]).fetchall():
                    connection.execute(f'drop database "{scratch}" with (force)'.encode())
            database.execute(f"drop owned by {owner}; drop role {owner}")


def acting_project(path: Path, database: Database, deploy: str, owner: str, settings: str = "") -> Project:
    return Project(path, url_of(database, deploy), settings=f'role = "{owner}"\n{settings}')


@pytest.mark.servers("18", "15")
def test_a_login_that_is_no_superuser_acts_as_the_owner(tmp_path: Path, database: Database) -> None:
    """From the first migration to the last and back; the application works without any right on the ledger."""
    with acting(database) as (deploy, owner, app):
        project = acting_project(tmp_path, database, deploy, owner)
        project.write({"app/models.py": MODELS, "app/entities/all.sql": ENTITIES.format(app=app)})
        project.make()
        project.migrate()
        assert set(project.states().values()) == {"applied"}
        _application_works(database, app)
        changed = ENTITIES.format(app=app).replace("n * 2", "n + n").replace("twice(amount)", "-twice(amount)")
        more = MODELS.replace("amount: Mapped[int]", "amount: Mapped[int]\n    note: Mapped[str | None]")
        project.write({"app/models.py": more, "app/entities/all.sql": changed})
        project.make()
        project.migrate()
        answer = run(project, "refreshviews")
        assert answer.code == 0, answer.text
        assert database.execute("select amount from reports.sums") == [(-2,)]
        owners = "select distinct relowner::regrole::text from pg_class where relkind in ('r', 'v', 'm')"
        assert database.execute(f"{owners} and relnamespace in ('public'::regnamespace, 'reports'::regnamespace)") == [
            (owner,)
        ]
        assert database.execute("select distinct applied_by from cucurbit_ledger") == [(deploy,)]
        database.execute("truncate orders cascade")
        project.migrate("zero")
        assert database.execute("select to_regclass('orders')") == [(None,)]


def _application_works(database: Database, app: str) -> None:
    with psycopg.connect(url_of(database, app), autocommit=True) as connection:
        connection.execute("insert into orders (amount) values (1)")
        connection.execute("update orders set amount = 1")
        assert connection.execute("select amount, touched from doubled").fetchall() == [(2, 2)]
        for table in ("cucurbit_ledger", "alembic_version"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"select * from {table}".encode())


@pytest.mark.parametrize(
    ("login", "owner_may"), [("createdb", False), ("", True), ("noinherit", True)], ids=["login", "owner", "noinherit"]
)
def test_scratch_databases_belong_to_the_owner(tmp_path: Path, database: Database, login: str, owner_may: bool) -> None:
    """Whoever of the two may make them."""
    with acting(database, login) as (deploy, owner, _):
        if owner_may:
            database.execute(f"alter role {owner} createdb")
        project = acting_project(tmp_path, database, deploy, owner)
        project.write({"app/entities/all.sql": "create view one as select 1 as n;"})
        project.make()
        made = database.execute("select count(*) from pg_database where datdba = %s::regrole", owner)
        assert made[0][0] >= 1
        project.migrate()
        assert project.states() == {"view public.one": "applied"}


def test_who_may_make_no_database_is_told(tmp_path: Path, database: Database) -> None:
    with acting(database, "") as (deploy, owner, _):
        project = acting_project(tmp_path, database, deploy, owner)
        answer = run(project, "makemigrations")
    assert answer.code == 1
    assert "no scratch database can be made: permission denied" in answer.err
    assert "CREATEDB" in answer.err


def test_a_scratch_server_need_not_have_the_role(tmp_path: Path, database: Database, server: Server) -> None:
    with role(database, "createdb") as elsewhere:
        project = Project(
            tmp_path,
            database.url,
            settings=f'role = "nobody_here"\n[scratch]\nurl = "{url_of(database, elsewhere)}"\n',
        )
        project.write({"app/entities/all.sql": "create view one as select 1 as n;"})
        project.make()
        assert len(project.revisions) == 1


@pytest.mark.servers("18", "15")
def test_a_role_that_is_not_to_be_had(tmp_path: Path, database: Database) -> None:
    """It is missing, or nobody has granted it."""
    with role(database) as deploy, role(database) as other:
        missing = Project(tmp_path / "a", url_of(database, deploy), settings='role = "nobody here"\n')
        denied = Project(tmp_path / "b", url_of(database, deploy), settings=f'role = "{other}"\n')
        answers = [run(project, "migrate") for project in (missing, denied)]
    assert [answer.code for answer in answers] == [1, 1]
    assert 'role "nobody here" does not exist' in answers[0].err
    assert f'CREATE ROLE "nobody here"; GRANT "nobody here" TO {deploy}' in answers[0].err
    assert f'permission denied to set role "{other}"' in answers[1].err
    assert f"GRANT {other} TO {deploy}" in answers[1].err


def test_the_script_acts_as_the_role_too(tmp_path: Path, database: Database) -> None:
    with acting(database) as (deploy, owner, _):
        project = acting_project(tmp_path, database, deploy, owner)
        project.write({"app/entities/all.sql": "create view one as select 1 as n;"})
        project.make()
        script = run(project, "migrate", "--sql").out
        with psycopg.connect(url_of(database, deploy), autocommit=True) as connection:
            connection.execute(script.encode())
            assert connection.execute("select current_user::text").fetchone() == (deploy,)
        assert database.execute("select relowner::regrole::text from pg_class where relname = 'one'") == [(owner,)]
        assert database.execute("select distinct applied_by from cucurbit_ledger") == [(deploy,)]
        assert project.migrate() == 0
