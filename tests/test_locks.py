"""Commands that only look: what they lock in the configured database, and that they need to write nothing there.

Three witnesses: pg_locks after every statement that a command sends there, a session that lets nobody have more than
ACCESS SHARE on any table or catalog of the database, and a role on a hot standby that may hardly do anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event

from tests import servers
from tests.project import Project
from tests.servers import Database, Server
from tests.shell import Answer, role, run, untouched, url_of

pytestmark = pytest.mark.servers("18", "14")

MODELS = """
from datetime import datetime

from sqlalchemy import Enum, ForeignKey, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    status: Mapped[str] = mapped_column(Enum("new", "paid", name="status"), server_default="new")
    note: Mapped[str] = mapped_column(String(10), server_default=text("upper('a' || chr(98))"))
    due: Mapped[datetime] = mapped_column(server_default=text("now() + interval '1 day'"))
    size: Mapped[int] = mapped_column(server_default=text("twice(2)"))


class Line(Base):
    __tablename__ = "lines"
    __table_args__ = {"schema": "parts"}

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
"""

ENTITIES = """
create schema parts;
create function twice(n integer) returns integer language sql immutable as 'select n * 2';
create view parts.locked as select id from orders for update;
create view numbers as select n::varchar as n from generate_series(1, 3) n where n::varchar in ('1', '2');
create materialized view sales as select order_id, count(*) as n from parts.lines group by order_id;
create unique index sales_order on sales (order_id);
create function touch() returns trigger language plpgsql as 'begin return new; end';
create trigger orders_touch before insert on orders for each row execute function touch();
alter table orders enable row level security;
create policy own on orders using (id > 0);
"""

NEW_VIEW = "create view more as select n from numbers;"

# What somebody did by hand: a drift, one that is another spelling only, and objects that no history knows.
BY_HAND = """
create or replace function twice(n integer) returns integer language sql immutable as 'select n + n';
do $$ begin execute 'create or replace view numbers as ' || pg_get_viewdef('numbers'::regclass); end $$;
create view reports as select * from parts.locked;
create rule into_it as on insert to reports do instead insert into orders (id) select new.id;
"""

# Each with the exit code that it has here.
LOOKING = {
    "showmigrations": 0,
    "showmigrations --format json": 0,
    "showentities": 0,
    "showentities --all --diff": 0,
    "showentities --all --diff --format json": 0,
    "showentities --check": 1,
    "checkdrift": 1,
    "checkdrift --format json": 1,
    "adopt twice --dry-run": 0,
    "migrate --plan": 0,
    "migrate --check": 1,
    "migrate --sql": 0,
    "migrate --plan 0001": 0,
    "refreshviews --plan": 0,
    "refreshviews --plan --all": 0,
    "makemigrations --dry-run": 0,
    "makemigrations --check": 1,
    "makemigrations --check --format json": 1,
}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Applied, then changed by hand; with a migration that waits, and a view for which there is none yet."""
    project = Project(tmp_path, database.url, settings="[migrate]\nattempts = 1\n")
    project.write({"app/models.py": MODELS, "app/entities/all.sql": ENTITIES})
    project.make()
    project.migrate()
    database.execute(BY_HAND)
    return project


def ahead(project: Project) -> None:
    """A migration that waits, and a view for which there is none yet."""
    project.write({"app/entities/more.sql": NEW_VIEW})
    project.make()
    project.write({"app/entities/most.sql": NEW_VIEW.replace("more", "most")})


def elsewhere(project: Project, database: Database, configured: str, server: Server) -> None:
    """Another url for the configured database, and scratch databases on a server by one that may make them."""
    text = (project.path / "settings.toml").read_text().replace(database.url, configured)
    project.write({"settings.toml": f'{text}[scratch]\nurl = "{server.url()}"\n'})


# -- the witnesses -----------------------------------------------------------------------------------------------------

# Of a session, all but what every transaction has: a lock on its own virtual number. A `transactionid` says that it has
# written something, and its number is not of a relation.
_HELD = """
select coalesce(relation::regclass::text, locktype), mode from pg_locks
 where pid = %s and locktype <> 'virtualxid' and (database = %s or locktype = 'transactionid')
   and mode <> 'AccessShareLock'
"""


@contextmanager
def observed(database: Database) -> Iterator[list[tuple[Any, ...]]]:
    """More than ACCESS SHARE, and any writing, of our sessions in the database, right after each of their statements.

    A transaction keeps its locks on relations to its end.
    """
    seen: list[tuple[Any, ...]] = []
    with psycopg.connect(database.url, autocommit=True) as observer:
        (oid,) = observer.execute("select oid from pg_database where datname = current_database()").fetchone() or ()

        def look(connection: Connection, cursor: Any, statement: str, *others: Any) -> None:
            info = cursor.connection.info
            if info.dbname == database.name:
                held = observer.execute(_HELD, [info.backend_pid, oid]).fetchall()
                seen.extend((*lock, statement) for lock in held)

        event.listen(Engine, "after_cursor_execute", look)
        try:
            yield seen
        finally:
            event.remove(Engine, "after_cursor_execute", look)


@contextmanager
def nothing_but_reading(database: Database, *, shared: bool) -> Iterator[None]:
    """A session that holds EXCLUSIVE, which goes with ACCESS SHARE only, on every table and catalog.

    Whoever wants more fails at once. Catalogs that all databases share are left out where a scratch database is made on
    the same server.
    """
    database.execute(f"alter database \"{database.name}\" set lock_timeout = '100ms'")
    tables = database.execute(
        "select oid::regclass::text from pg_class where relkind in ('r', 'p') and (%s or not relisshared)", shared
    )
    with psycopg.connect(database.url) as connection:
        connection.execute(f"lock table only {', only '.join(name for (name,) in tables)} in exclusive mode".encode())
        yield


def looked(project: Project, command: str, code: int) -> Answer:
    """The answer of a command that has the exit code that it should have."""
    answer = run(project, *command.split())
    assert answer.code == code, answer.text
    assert "Error" not in answer.text
    return answer


# -- locks -------------------------------------------------------------------------------------------------------------


def test_the_witnesses_see_what_they_are_for(project: Project, database: Database) -> None:
    """A migration writes."""
    ahead(project)
    with observed(database) as seen:
        project.migrate()
    assert {lock[:2] for lock in seen} >= {("cucurbit_ledger", "RowExclusiveLock"), ("transactionid", "ExclusiveLock")}
    project.make()
    with nothing_but_reading(database, shared=True):
        answer = run(project, "migrate")
    assert answer.code == 1
    assert "lock timeout" in answer.err


def test_looking_takes_access_share(project: Project, database: Database) -> None:
    """With the scratch databases on the same server, as it is by default."""
    ahead(project)
    with untouched(project, database), nothing_but_reading(database, shared=False), observed(database) as seen:
        for command, code in LOOKING.items():
            looked(project, command, code)
    assert seen == []


def test_making_a_migration_takes_access_share(project: Project, database: Database, server: Server) -> None:
    """Where scratch is elsewhere not even the catalogs that the databases of a server share are written."""
    elsewhere(project, database, database.url, server)
    with nothing_but_reading(database, shared=False), observed(database) as seen:
        for name in ("more", "most"):
            project.write({f"app/entities/{name}.sql": NEW_VIEW.replace("more", name)})
            looked(project, "makemigrations", 0)
        looked(project, "makemigrations --empty", 0)
    assert seen == []
    assert len(project.revisions) == 4


def test_comparing_with_the_configured_database_takes_access_share(project: Project, database: Database) -> None:
    """And finds no change of a default where there is none; with the one witness, then with the other."""
    project.write({"app/entities/more.sql": NEW_VIEW})
    command = "makemigrations --against database"
    with nothing_but_reading(database, shared=True):
        assert operations(looked(project, f"{command} --dry-run", 0)) == ["  + Create view public.more"]
    with observed(database) as seen:
        looked(project, f"{command} --dry-run", 0)
        looked(project, f"{command} --check", 1)
        assert operations(looked(project, command, 0)) == ["  + Create view public.more"]
    assert seen == []


def operations(answer: Answer) -> list[str]:
    return [line for line in answer.lines if line.startswith(("  + ", "  ~ ", "  - "))]


# -- rights ------------------------------------------------------------------------------------------------------------

RIGHTS = """
grant usage on schema public to {0};
grant select on cucurbit_ledger, alembic_version to {0};
"""


@contextmanager
def reader(database: Database) -> Iterator[str]:
    """A role that may read the ledger and Alembic's version, and nothing else."""
    database.execute(f'revoke all on database "{database.name}" from public; revoke all on schema public from public')
    with role(database) as somebody:
        database.execute(f'grant connect on database "{database.name}" to {somebody}')
        database.execute(RIGHTS.format(somebody))
        database.execute(f"alter role {somebody} set default_transaction_read_only = on")
        yield somebody


def everything_that_looks(project: Project, primary: Database) -> None:
    """All of them answer as they do for the owner of everything."""
    ours = {command: looked(project, command, code) for command, code in LOOKING.items()}
    states = {line.split()[1]: line.split()[2] for line in ours["showentities"].out.splitlines() if " public." in line}
    assert states["public.twice(integer)"] == "drifted"
    assert states["public.numbers"] == "applied"
    assert states["public.most"] == "new"
    assert "Create view public.most" in looked(project, "makemigrations", 0).out


def test_a_role_that_may_only_read(project: Project, database: Database, server: Server) -> None:
    ahead(project)
    with reader(database) as somebody:
        elsewhere(project, database, url_of(database, somebody), server)
        everything_that_looks(project, database)


def test_a_role_that_may_only_read_compares_with_the_configured_database(project: Project, database: Database) -> None:
    """Without any scratch database."""
    with reader(database) as somebody:
        database.execute(f"grant usage on schema parts to {somebody}")  # Alembic's reflection of sequences asks for it
        text = (project.path / "settings.toml").read_text()
        project.write({"settings.toml": text.replace(database.url, url_of(database, somebody))})
        assert looked(project, "makemigrations --against database", 0).out == "No changes detected\n"
        project.write({"app/models.py": MODELS.replace("'1 day'", "'2 days'").replace("chr(98)", "chr(99)")})
        changed = operations(looked(project, "makemigrations --against database", 0))
    assert sorted(changed) == ["  ~ Alter column due on orders", "  ~ Alter column note on orders"]


def test_a_role_on_a_hot_standby(project: Project, database: Database, server: Server) -> None:
    ahead(project)
    with reader(database) as somebody, servers.standby(server) as replica:
        configured = Database(database.name, replica)
        assert configured.execute("select pg_is_in_recovery()") == [(True,)]
        elsewhere(project, database, url_of(configured, somebody), server)
        with observed(configured) as seen:
            everything_that_looks(project, database)
        assert seen == []
        for command, says in (("migrate", "read-only transaction"), ("refreshviews", "may not refresh it")):
            answer = run(project, command)
            assert answer.code == 1
            assert says in answer.err


def test_comparing_with_a_hot_standby(project: Project, database: Database, server: Server) -> None:
    """Also with a superuser: the server itself takes no temporary table."""
    with servers.standby(server) as replica:
        text = (project.path / "settings.toml").read_text()
        project.write({"settings.toml": text.replace(database.url, replica.url(database.name))})
        assert looked(project, "makemigrations --against database", 0).out == "No changes detected\n"
        project.write({"app/models.py": MODELS.replace("'1 day'", "'2 days'")})
        changed = operations(looked(project, "makemigrations --against database", 0))
        assert changed == ["  ~ Alter column due on orders"]
        for command in ("migrate", "refreshviews"):
            answer = run(project, command)
            assert answer.code == 1
            assert "read-only transaction" in answer.err or "during recovery" in answer.err
