"""`manage.py refreshviews`: which are refreshed, in which order and how, and what becomes of the rest if one fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.project import Project
from tests.servers import Database
from tests.shell import Answer, role, run, untouched, url_of

pytestmark = pytest.mark.servers("18", "14")

# `numbers` is a table that no model has. The names say nothing of the order.
NUMBERS = "create table numbers (n integer)"
ENTITIES = """
create materialized view c_first as select n from numbers;
create unique index c_first_n on c_first (n);
create view b_between as select n + 1 as n from c_first;
create materialized view a_last as select sum(n) as total from b_between;
create materialized view alone as select 1 as n;
"""


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """Two materialized views with a view between them and one alone, applied, with a row that they do not have yet."""
    return applied(tmp_path, database, ENTITIES)


def applied(path: Path, database: Database, entities: str) -> Project:
    """A project whose entities are applied to an empty table, which then gets a row; scratch needs the table too."""
    project = Project(path, database.url)
    project.write({"app/entities/all.sql": entities, "migrations/versions/0001_numbers.py": REVISION})
    project.make()
    project.migrate()
    database.execute("insert into numbers values (1)")
    return project


REVISION = f'''
from alembic import op

revision = "0001_numbers"
down_revision = None


def upgrade():
    op.execute("{NUMBERS}")


def downgrade():
    op.execute("drop table numbers")
'''


def refreshed(answer: Answer) -> list[str]:
    """The lines of a run that went well, without the seconds."""
    assert (answer.code, answer.err) == (0, ""), answer.text
    return timeless(answer)


def timeless(answer: Answer) -> list[str]:
    return [re.sub(r" \d+\.\d s", "", line) for line in answer.out.splitlines()]


def rows(database: Database, view: str) -> list[tuple[object, ...]]:
    return database.execute(f"select * from {view} order by 1")


NO_INDEX = "(not concurrently: it has no unique index for that)"


# -- order and how -----------------------------------------------------------------------------------------------------


def test_sources_come_first(project: Project, database: Database) -> None:
    """Through a view between them, and each says how it was refreshed."""
    lines = refreshed(run(project, "refreshviews"))
    assert lines.index("Refreshing public.c_first... OK (concurrently)") < lines.index(
        f"Refreshing public.a_last... OK {NO_INDEX}"
    )
    assert len(lines) == 3
    assert rows(database, "c_first") == [(1,)]
    assert rows(database, "a_last") == [(2,)]


def test_the_order_goes_through_parsed_bodies_and_row_types(tmp_path: Path, database: Database) -> None:
    """A function with a parsed body that reads one; a cast to the row type of another is no reading, but harmless."""
    entities = """
    create materialized view z as select n from numbers;
    create function y() returns bigint language sql stable begin atomic select count(*) from z; end;
    create view x as select y() as n;
    create materialized view w as select n from x;
    create materialized view v as select n from w;
    """
    project = applied(tmp_path, database, entities)
    names = [line.split(".")[1] for line in refreshed(run(project, "refreshviews"))]
    assert names == ["z", "w", "v"]
    assert rows(database, "v") == [(1,)]


def test_a_circle_is_named(tmp_path: Path, database: Database) -> None:
    """What a function with a parsed body makes possible."""
    entities = """
    create function f() returns bigint language sql stable begin atomic select 1; end;
    create materialized view one as select f() as n;
    create materialized view two as select n from one;
    """
    project = applied(tmp_path, database, entities)
    database.execute(
        "create or replace function f() returns bigint language sql stable begin atomic select n from two; end"
    )
    answer = run(project, "refreshviews")
    assert answer.code == 1
    assert "circle" in answer.err
    assert "public.one" in answer.err
    assert "public.two" in answer.err


def test_the_plan_runs_nothing(project: Project, database: Database) -> None:
    with untouched(project, database):
        answer = run(project, "refreshviews", "--plan")
    assert answer.lines[0] == "Planned refreshes:"
    assert sorted(answer.lines[1:]) == [
        f"  public.a_last {NO_INDEX}",
        f"  public.alone {NO_INDEX}",
        "  public.c_first (concurrently)",
    ]
    assert rows(database, "c_first") == []


def test_the_database_can_be_named(tmp_path: Path, database: Database) -> None:
    project = applied(tmp_path, database, ENTITIES)
    text = (project.path / "settings.toml").read_text()
    project.write({"settings.toml": text.replace("default]", 'default]\nurl = ""\n[databases.other]')})
    assert len(refreshed(run(project, "refreshviews", "--database", "other"))) == 3


def test_nothing_to_refresh(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    assert refreshed(run(project, "refreshviews")) == ["  No materialized views to refresh."]


# -- which -------------------------------------------------------------------------------------------------------------


def test_one_by_name_is_refreshed_alone(project: Project, database: Database) -> None:
    assert refreshed(run(project, "refreshviews", "a_last")) == [f"Refreshing public.a_last... OK {NO_INDEX}"]
    assert rows(database, "c_first") == []


def test_with_what_it_reads_and_what_reads_it(project: Project, database: Database) -> None:
    sources = refreshed(run(project, "refreshviews", "public.a_last", "--with-sources"))
    assert [line.split()[1] for line in sources] == ["public.c_first...", "public.a_last..."]
    database.execute("insert into numbers values (2)")
    dependants = refreshed(run(project, "refreshviews", "c_first", "--with-dependants"))
    assert [line.split()[1] for line in dependants] == ["public.c_first...", "public.a_last..."]
    assert rows(database, "a_last") == [(5,)]


def test_what_is_not_the_projects_is_refreshed_only_when_asked_for(project: Project, database: Database) -> None:
    database.execute("create materialized view theirs as select n from c_first")
    assert not any("theirs" in line for line in refreshed(run(project, "refreshviews")))
    assert rows(database, "theirs") == []
    assert any("theirs" in line for line in refreshed(run(project, "refreshviews", "--all")))
    assert rows(database, "theirs") == [(1,)]
    assert len(refreshed(run(project, "refreshviews", "theirs"))) == 1


def test_the_order_holds_through_one_that_is_not_refreshed(project: Project, database: Database) -> None:
    """c_first <- theirs <- 0_ours."""
    database.execute("create materialized view theirs as select n from c_first")
    project.write({"app/entities/more.sql": 'create materialized view "0_ours" as select n from theirs'})
    project.make(against="database")
    project.migrate()
    lines = [line.split()[1] for line in refreshed(run(project, "refreshviews"))]
    assert lines.index("public.c_first...") < lines.index('public."0_ours"...')


def test_names_with_capitals_and_schemas(tmp_path: Path, database: Database) -> None:
    """As SQL writes them, and as a shell leaves them that took the quotes away."""
    entities = """
    create schema "Über uns";
    create materialized view "Über uns"."A.b ""c"" d" as select n from numbers;
    create unique index on_it on "Über uns"."A.b ""c"" d" (n);
    create materialized view "select" as select n from numbers;
    """
    project = applied(tmp_path, database, entities)
    sql = '"Über uns"."A.b ""c"" d"'
    assert len(refreshed(run(project, "refreshviews"))) == 2
    for name in (sql, 'Über uns.A.b "c" d'):
        assert refreshed(run(project, "refreshviews", name)) == [f"Refreshing {sql}... OK (concurrently)"]
    for name in ("select", '"select"', "public.select", 'public."select"'):
        assert refreshed(run(project, "refreshviews", name)) == [f'Refreshing public."select"... OK {NO_INDEX}']
    assert rows(database, sql) == [(1,)]


def test_a_name_that_is_not_there(project: Project, database: Database) -> None:
    with untouched(project, database):
        for name, says in [("c_frst", "Did you mean c_first?"), ("b_between", "b_between"), ("numbers", "numbers")]:
            answer = run(project, "refreshviews", name)
            assert answer.code == 1
            assert answer.out == ""
            assert f"no materialized view {name} " in answer.err
            assert says in answer.err
        assert run(project, "refreshviews", "c_first", "--all").code == 2


# -- concurrently ------------------------------------------------------------------------------------------------------


@contextmanager
def reader(database: Database, view: str) -> Iterator[None]:
    """A transaction that has read it and goes on."""
    with psycopg.connect(database.url) as connection:
        connection.execute(f"select from {view}".encode())
        yield


def test_a_reader_is_not_waited_for(project: Project, database: Database) -> None:
    database.execute(f"alter database \"{database.name}\" set lock_timeout = '100ms'")
    with reader(database, "c_first"):
        assert refreshed(run(project, "refreshviews", "c_first")) == ["Refreshing public.c_first... OK (concurrently)"]
        assert rows(database, "c_first") == [(1,)]
        answer = run(project, "refreshviews", "c_first", "--no-concurrently")
        assert answer.code == 1
        assert "lock timeout" in answer.err
    assert refreshed(run(project, "refreshviews", "c_first", "--no-concurrently")) == [
        "Refreshing public.c_first... OK (not concurrently: --no-concurrently)"
    ]


def test_each_is_a_transaction_of_its_own(project: Project, database: Database) -> None:
    """While the last waits for its readers, the first can be read and is new."""
    database.execute(f"alter database \"{database.name}\" set lock_timeout = '100ms'")
    with reader(database, "a_last"):
        answer = run(project, "refreshviews", "a_last", "--with-sources", "--no-concurrently")
    assert answer.code == 1
    assert rows(database, "c_first") == [(1,)]


def test_what_has_no_data_gets_some(tmp_path: Path, database: Database) -> None:
    """Not concurrently, which PostgreSQL does not take; from then on concurrently."""
    entities = "create materialized view v as select n from numbers with no data; create unique index i on v (n);"
    project = applied(tmp_path, database, entities)
    assert refreshed(run(project, "refreshviews")) == [
        "Refreshing public.v... OK (not concurrently: it has no data yet)"
    ]
    assert refreshed(run(project, "refreshviews")) == ["Refreshing public.v... OK (concurrently)"]
    assert rows(database, "v") == [(1,)]


# As a CREATE INDEX CONCURRENTLY that failed leaves it.
INVALID = "update pg_index set indisvalid = false where indexrelid = 'i'::regclass"


@pytest.mark.parametrize(
    ("index", "usable"),
    [
        ("create unique index i on v (n)", True),
        ("create unique index i on v (n desc nulls last) include (m)", True),
        ("create unique index i on v (n) where n > 0", False),
        ("create unique index i on v ((n + 1))", False),
        ("create unique index i on v (n, (m + 1))", False),
        ("create index i on v (n)", False),
        (f"create unique index i on v (n); {INVALID}", False),
    ],
)
def test_the_index_is_one_that_postgresql_takes(tmp_path: Path, database: Database, index: str, usable: bool) -> None:
    """Judged by the server: what we call usable it takes, what not it refuses."""
    project = applied(tmp_path, database, "create materialized view v as select n, n as m from numbers;")
    database.execute(index)
    if not usable:  # asked first: an ordinary refresh repairs an index that is not valid
        with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
            database.execute("refresh materialized view concurrently v")
    lines = refreshed(run(project, "refreshviews"))
    assert lines == [f"Refreshing public.v... OK {'(concurrently)' if usable else NO_INDEX}"]


def test_the_owner_may_make_no_temporary_tables(project: Project, database: Database) -> None:
    """REFRESH … CONCURRENTLY makes one, as the owner."""
    with role(database) as owner:
        database.execute(f'revoke temporary on database "{database.name}" from public')
        database.execute(f"grant create on schema public to {owner}; grant select on numbers to {owner}")
        database.execute(f"alter materialized view c_first owner to {owner}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.execute("refresh materialized view concurrently c_first")
        assert refreshed(run(project, "refreshviews", "c_first")) == [
            "Refreshing public.c_first... OK (not concurrently: its owner may make no temporary tables)"
        ]
        database.execute("alter materialized view c_first owner to postgres")


# -- failures ----------------------------------------------------------------------------------------------------------


def test_one_that_fails_takes_only_its_dependants_along(tmp_path: Path, database: Database) -> None:
    entities = """
    create materialized view broken as select 1 / (n - 1) as n from numbers;
    create view between as select n from broken;
    create materialized view on_it as select n from between;
    create materialized view further as select n from on_it;
    create materialized view other as select n from numbers;
    """
    project = applied(tmp_path, database, entities)
    answer = run(project, "refreshviews")
    assert answer.code == 1
    assert answer.err == "Error: public.broken: division by zero\n"
    assert sorted(timeless(answer)) == [
        "Refreshing public.broken... FAILED",
        f"Refreshing public.other... OK {NO_INDEX}",
        "Skipping public.further: it reads public.on_it",
        "Skipping public.on_it: it reads public.broken",
    ]
    assert rows(database, "other") == [(1,)]
    database.execute("truncate numbers")
    assert len(refreshed(run(project, "refreshviews"))) == 4


def test_one_that_reads_what_has_no_data(tmp_path: Path, database: Database) -> None:
    entities = """
    create materialized view empty as select n from numbers with no data;
    create materialized view on_it as select n from empty with no data;
    """
    project = applied(tmp_path, database, entities)
    answer = run(project, "refreshviews", "on_it")
    assert answer.code == 1
    assert "has not been populated" in answer.err
    assert "--with-sources" in answer.err
    assert len(refreshed(run(project, "refreshviews", "on_it", "--with-sources"))) == 2


def test_a_role_that_may_not(project: Project, database: Database) -> None:
    """It is told before anything is locked, and the next is tried; a member of the owner may, from 17 a maintainer."""
    with role(database) as somebody, role(database) as owner:
        database.execute(f"grant select on all tables in schema public to {somebody}")
        database.execute(f"grant create on schema public to {owner}; grant select on numbers to {owner}")
        database.execute(f"alter materialized view c_first owner to {owner}")
        text = (project.path / "settings.toml").read_text()
        project.write({"settings.toml": text.replace(database.url, url_of(database, somebody))})
        answer = run(project, "refreshviews", "c_first", "alone")
        assert answer.code == 1
        assert f"public.c_first: the role of the url may not refresh it, as it belongs to {owner}" in answer.err
        assert "public.alone: the role of the url may not refresh it, as it belongs to postgres" in answer.err
        database.execute(f"grant {owner} to {somebody}")
        if database.server.major >= 17:
            database.execute(f"grant maintain on alone to {somebody}")
            assert len(refreshed(run(project, "refreshviews", "c_first", "alone"))) == 2
        else:
            assert len(refreshed(run(project, "refreshviews", "c_first"))) == 1
        database.execute(f"revoke select on numbers from {owner}")
        answer = run(project, "refreshviews", "c_first")
        assert "permission denied for table numbers" in answer.err
        assert f"as the owner, {owner}" in answer.err
        database.execute(f"alter materialized view c_first owner to postgres; revoke {owner} from {somebody}")


def test_a_database_that_takes_no_refresh(project: Project, database: Database) -> None:
    """It is said once."""
    database.execute(f'alter database "{database.name}" set default_transaction_read_only = on')
    with untouched(project, database):
        answer = run(project, "refreshviews")
    assert answer.code == 1
    assert answer.err.count("read-only transaction") == 1
