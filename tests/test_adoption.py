"""What the history, or somebody by hand, has made already becomes an entity without being made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from cucurbit.errors import DriftError, MigrationError
from tests import observer
from tests.project import Heard, Project
from tests.servers import Database
from tests.shell import role, run

OLD = '''"""a view, as Alembic makes one"""
from alembic import op
import sqlalchemy as sa

revision, down_revision = "1975ea83b712", None


def upgrade():
    size = sa.Column("size", sa.Enum("s", "m", name="size"))
    op.create_table("orders", sa.Column("id", sa.Integer, primary_key=True), size)
    op.execute("create function twice(n integer) returns integer language sql as 'select n * 2'")
    op.execute("create view numbers as select twice(id) as n from orders")
    op.execute("grant select on numbers to public")
    op.execute("comment on view numbers is 'doubled'")
    op.execute("create statistics pair on id, size from orders")
    op.execute("alter statistics pair set statistics 50")


def downgrade():
    op.execute("drop view numbers")
    op.execute("drop function twice(integer)")
    op.drop_table("orders")
    op.execute("drop type size")
'''

MODELS = """
from sqlalchemy import Column, Enum, Integer, MetaData, Table

metadata = MetaData()
orders = Table("orders", metadata, Column("id", Integer, primary_key=True), Column("size", Enum("s", "m", name="size")))
"""

ENTITIES = """
create function twice(n integer) returns integer language sql as 'select n * 2';
create view numbers as select twice(id) as n from orders;
grant select on numbers to public;
comment on view numbers is 'doubled';
create statistics pair on id, size from orders;
alter statistics pair set statistics 50;
"""


def _project(path: Path, database: Database) -> Project:
    project = Project(path, database.url)
    project.write({"migrations/versions/1975ea83b712_a_view.py": OLD, "app/models.py": MODELS})
    return project


def _dump(database: Database) -> str:
    return observer.dump(database, ["cucurbit_ledger", "alembic_version"])


def test_what_an_old_revision_has_made_is_taken_over_as_it_is(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    project.migrate()
    before, oids = _dump(database), database.execute("select oid, xmin from pg_class where relname = 'numbers'")
    project.write({"app/entities/all.sql": ENTITIES})

    made = project.make()

    assert sorted(made.lines) == [
        ("=", "Adopt comment on view public.numbers"),
        ("=", "Adopt enum public.size"),
        ("=", "Adopt function public.twice(integer)"),
        ("=", "Adopt grant on table public.numbers to public"),
        ("=", "Adopt statistics public.pair"),
        ("=", "Adopt statistics target public.pair"),
        ("=", "Adopt view public.numbers"),
    ]
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert _dump(database) == before
    assert database.execute("select oid, xmin from pg_class where relname = 'numbers'") == oids
    assert not project.make().changed

    project.migrate("-1")
    assert _dump(database) == before
    assert set(project.states().values()) == {"new"}
    project.migrate("zero")
    assert "numbers" not in _dump(database)
    project.migrate()
    assert _dump(database) == before
    assert set(project.states().values()) == {"applied"}


def test_what_is_declared_otherwise_is_taken_over_and_replaced(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    project.migrate()
    before = _dump(database)
    project.write({"app/entities/all.sql": ENTITIES.replace("twice(id) as n", "twice(id) + 1 as n")})

    lines = project.make().lines

    assert ("=", "Adopt view public.numbers") in lines
    assert ("~", "Replace view public.numbers") in lines
    project.migrate()
    assert database.execute("select pg_get_viewdef('numbers') like '% + 1%'") == [(True,)]
    assert not project.make().changed
    project.migrate("-1")
    assert _dump(database) == before


def test_a_database_that_lacks_it_stops_the_migration(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    project.migrate()
    project.write({"app/entities/all.sql": ENTITIES})
    project.make()
    database.execute("drop view numbers")

    with pytest.raises(MigrationError, match=r"not in the database, so op\.adopt_entity cannot take it over"):
        project.migrate()

    assert set(project.states().values()) == {"new"}


def test_a_database_that_has_another_one_stops_the_migration(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    project.migrate()
    project.write({"app/entities/all.sql": ENTITIES})
    project.make()
    database.execute("create or replace view numbers as select 7 as n")

    with pytest.raises(DriftError, match="is to take over, is in the database already, and is another one"):
        project.migrate()

    heard = Heard()
    project.migrate(on_drift="overwrite", reporter=heard)
    assert heard.notes == ["Overwritten, as it was changed by hand: view public.numbers"]
    assert set(project.states().values()) == {"applied"}
    assert not project.make().changed


BY_HAND = """
create function half(n integer) returns integer language sql as 'select n / 2';
create type colour as enum ('red');
create view halves as
select half(n) as n, n::varchar as name from generate_series(1, 3) n where n::varchar in ('1', '2');
"""


def test_what_was_made_by_hand_before_it_was_declared_is_recorded(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    database.execute(BY_HAND)
    before = _dump(database)
    project.write({"app/entities/all.sql": BY_HAND})
    assert ("+", "Create view public.halves") in project.make().lines

    project.migrate()

    assert _dump(database) == before
    assert set(project.states().values()) == {"applied"}
    project.migrate("zero")
    assert "halves" not in _dump(database)
    project.migrate()
    assert _dump(database) == before


def test_what_was_made_by_hand_and_otherwise_is_drift(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    database.execute(BY_HAND.replace("n / 2", "n / 3"))
    before = _dump(database)
    project.write({"app/entities/all.sql": BY_HAND})
    project.make()

    with pytest.raises(DriftError, match=r"function public.half\(integer\), which 0001_initial is to create"):
        project.migrate()
    assert _dump(database) == before

    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}
    assert "n / 3" not in _dump(database)


def test_a_fresh_database_in_sql(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    project.write({"app/entities/all.sql": ENTITIES})
    project.make()

    script = project.manage("migrate", "--sql")
    assert script.returncode == 0, script.stderr
    database.execute(script.stdout.replace("BEGIN;", "").replace("COMMIT;", ""))

    assert set(project.states().values()) == {"applied"}
    assert not project.make().changed


MORE = '''"""SQL that nobody can read without running it"""
from alembic import op

revision, down_revision = "2975ea83b712", "1975ea83b712"


def upgrade():
    op.execute("{sql}")


def downgrade():
    pass
'''


@pytest.mark.parametrize(
    ("sql", "by_hand", "is_drift"),
    [
        ("select 1", "select 7 as n", True),
        ("select 1", "select twice(id) as n from orders", False),
        ("create or replace view numbers as select id as n from orders", "select twice(id) as n from orders", False),
    ],
    ids=["changed", "as it was", "what the history changes"],
)
def test_what_was_changed_by_hand_before_sql_that_is_pending(
    tmp_path: Path, database: Database, sql: str, by_hand: str, is_drift: bool
) -> None:
    project = _project(tmp_path, database)
    project.migrate()
    project.write({"migrations/versions/2975ea83b712_more.py": MORE.format(sql=sql)})
    definition = "select id as n from orders" if "replace" in sql else "select twice(id) as n from orders"
    project.write({"app/entities/all.sql": ENTITIES.replace("select twice(id) as n from orders", definition)})
    project.make()
    database.execute(f"create or replace view numbers as {by_hand}")

    if is_drift:
        with pytest.raises(DriftError, match="is to take over, is in the database already, and is another one"):
            project.migrate()
    project.migrate(on_drift="overwrite" if is_drift else "stop")

    assert set(project.states().values()) == {"applied"}
    assert database.execute("select pg_get_viewdef('numbers') like '% 7 %'") == [(False,)]


def test_a_role_that_can_make_no_scratch_database(tmp_path: Path, database: Database) -> None:
    project = _project(tmp_path, database)
    plain, less = "as n from orders", "as n from orders where size::varchar in ('s', 'm')"
    project.write(
        {
            "migrations/versions/1975ea83b712_a_view.py": OLD.replace(plain, less),
            "app/entities/all.sql": ENTITIES.replace(plain, less).partition("create statistics")[0],
        }
    )
    project.make()
    settings = (project.path / "settings.toml").read_text()
    with role(database) as somebody:
        database.execute(f"grant all on schema public to {somebody}")
        project.write({"settings.toml": settings.replace("postgres@", f"{somebody}@")})
        project.migrate("1975ea83b712")
        before = _dump(database)

        project.migrate()
        assert _dump(database) == before

        project.migrate("1975ea83b712")
        database.execute("create or replace view numbers as select twice(id) as n from orders")
        answer = run(project, "migrate")
        assert answer.code == 1
        assert "numbers" in answer.err


def test_by_alembic_s_own_command(tmp_path: Path, database: Database) -> None:
    """The guard asks a scratch database in the middle of it, and the command goes on."""
    project = _project(tmp_path, database)
    project.migrate()
    project.write({"app/entities/all.sql": ENTITIES, "alembic.ini": "[alembic]\nscript_location = migrations\n"})
    project.make()
    with project.at_home():
        command.upgrade(Config("alembic.ini"), "head")
    assert set(project.states().values()) == {"applied"}
