"""The guard: a migration stops before it replaces what somebody has changed by hand, and before nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, event

from cucurbit.actions import drift
from cucurbit.database.connect import connect
from cucurbit.errors import DriftError
from cucurbit.migrations.executor import Executor
from cucurbit.migrations.guard import Guarded, guard
from cucurbit.migrations.scripts import Scripts
from cucurbit.planning.rename import Answers
from tests import observer, servers
from tests.project import Heard, Project
from tests.servers import Database, Server
from tests.shell import height, role, run, untouched, url_of

BEFORE = """
create type size as enum ('s', 'm');
create table_of_models
create function twice(n integer) returns integer language sql as 'select n * 2';
create view numbers as select n, n::varchar as name from generate_series(1, 3) n where n::varchar in ('1', '2');
create materialized view totals as select sum(n) as total from numbers;
create unique index totals_total on totals (total);
create procedure work() language sql as 'select 1';
""".replace("create table_of_models\n", "")

AFTER = """
create type size as enum ('s', 'm', 'l');
create function twice(n integer) returns integer language sql as 'select n + n';
create view numbers as select n, n::varchar as name from generate_series(1, 4) n where n::varchar in ('1', '2');
create materialized view totals as select max(n) as total from numbers;
create unique index totals_total on totals (total) where total > 0;
"""

# identity -> what somebody does to it by hand, and to lose it
BY_HAND = {
    "enum public.size": "alter type size add value 'x'",
    "function public.twice(integer)": "alter function twice(integer) security definer",
    "view public.numbers": "create or replace view numbers as select 7 as n, 'x'::varchar as name",
    "materialized view public.totals": "drop materialized view totals; "
    "create materialized view totals as select sum(n) + 1 as total from numbers; "
    "create unique index totals_total on totals (total)",
    "index public.totals_total": "drop index totals_total; create index totals_total on totals (total)",
    "procedure public.work()": "create or replace procedure work() language sql as 'select 2'",
}
GONE = {
    "enum public.size": "drop type size",
    "function public.twice(integer)": "drop function twice",
    "view public.numbers": "drop view numbers",
    "materialized view public.totals": "drop materialized view totals",
    "index public.totals_total": "drop index totals_total",
    "procedure public.work()": "drop procedure work",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Project:
    """Two revisions, the second of which changes all that the first makes."""
    project = Project(tmp_path_factory.mktemp("made"), server.url())
    for text in (BEFORE, AFTER):
        project.write({"app/entities/all.sql": text})
        project.make()
    return project


@pytest.fixture
def project(tmp_path: Path, database: Database, made: Project) -> Project:
    """The first is applied, the second waits."""
    project = Project(tmp_path, database.url)
    project.copy_from(made)
    project.migrate("0001")
    return project


def fine(project: Project, *args: str) -> str:
    """What a command prints that is to end well."""
    answer = run(project, *args)
    assert answer.code == 0, answer.err
    return answer.out


def by_hand(database: Database, changes: dict[str, str]) -> None:
    """All of them, in an order that works."""
    for statement in changes.values() if changes is BY_HAND else reversed(changes.values()):
        database.execute(statement)


def refused(project: Project, target: str | None = None, **options: str) -> DriftError:
    with pytest.raises(DriftError) as caught:
        project.migrate(target, **options)
    return caught.value


def undisturbed(project: Project, server: Server, target: str | None = None) -> str:
    """What the schema is where nobody interfered."""
    with servers.new_database(server) as other:
        text = (project.path / "settings.toml").read_text()
        project.write({"settings.toml": f"{text}\n[databases.other]\nurl = {json.dumps(other.url)}\n"})
        project.migrate(target, database="other")
        project.write({"settings.toml": text})
        return observer.dump(other)


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to servers meanwhile, by SQLAlchemy."""
    sent: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


# -- it stops ----------------------------------------------------------------------------------------------------------


def test_it_stops_before_anything_is_run(project: Project, database: Database) -> None:
    """And says what, since when, by which revision and role, how it differs and what to do."""
    database.execute(BY_HAND["view public.numbers"])
    with untouched(project, database):
        error = refused(project)
    assert "view public.numbers" in error.message
    assert "0002" in error.message
    told = error.hint or ""
    for words in (
        "0001_initial",
        "by postgres",
        "+++ database",
        "-  ",
        'adopt "view public.numbers"',
        "--on-drift overwrite",
    ):
        assert words in told, told
    assert height(str(error)) <= 24, told
    assert "suspicion" not in told


@pytest.mark.parametrize("changes", [BY_HAND, GONE], ids=["changed", "gone"])
def test_every_one_of_them_is_told_on_one_screen(project: Project, database: Database, changes: dict[str, str]) -> None:
    by_hand(database, changes)
    told = str(refused(project))
    is_to_go = "procedure public.work()"  # and is gone, so nothing is lost
    assert {identity for identity in changes if identity in told} == {*changes} - (
        {is_to_go} if changes is GONE else set()
    )
    assert height(told) <= 24, told


@pytest.mark.parametrize("changes", [BY_HAND, GONE], ids=["changed", "gone"])
def test_overwritten_it_is_what_it_is_elsewhere(
    project: Project, database: Database, server: Server, changes: dict[str, str]
) -> None:
    """What was changed is kept in the ledger; what is gone is made again, or stays gone."""
    by_hand(database, changes)
    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}
    assert observer.dump(database) == undisturbed(project, server)
    kept = database.execute("select kind || ' ' || identity from cucurbit_ledger where action = 'overwritten'")
    assert {identity for (identity,) in kept} == (set(BY_HAND) if changes is BY_HAND else set())


def test_what_hangs_on_it_by_hand_is_overwritten_too(project: Project, database: Database, server: Server) -> None:
    """A default of a view's column is an entity; what is declared of it stays."""
    declared = AFTER + "alter view numbers alter column name set default 'x';"
    project.write({"app/entities/all.sql": AFTER})
    project.migrate()
    project.write({"app/entities/all.sql": declared})
    project.make()
    project.migrate()
    database.execute("alter view numbers alter column n set default 3")
    project.write({"app/entities/all.sql": declared.replace("(1, 4)", "(1, 5)")})
    project.make()
    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}
    assert observer.dump(database) == undisturbed(project, server)


def test_taken_back_it_is_guarded_too(project: Project, database: Database, server: Server) -> None:
    project.migrate()
    database.execute("create or replace function twice(n integer) returns integer language sql as 'select 0'")
    assert "function public.twice(integer)" in str(refused(project, "0001"))
    project.migrate("0001", on_drift="overwrite")
    assert observer.dump(database) == undisturbed(project, server, "0001")


def test_a_rename_of_what_was_changed(tmp_path: Path, database: Database, server: Server) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/entities/all.sql": "create view one as select 1 as n; create view two as select 2 as n"})
    project.make()
    project.migrate()
    project.write({"app/entities/all.sql": "create view uno as select 1 as n; create view due as select 2 as n"})
    project.write({"migrations/versions/0002_names.py": RENAMES})
    database.execute("create or replace view one as select 7 as n")
    database.execute("drop view two")
    assert "view public.one" in str(refused(project))
    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}
    assert observer.dump(database) == undisturbed(project, server)


RENAMES = '''"""Names"""

from alembic import op

revision = "0002_names"
down_revision = "0001_initial"


def upgrade():
    op.rename_entity("create view uno as select 1 as n", "create view one as select 1 as n")
    op.rename_entity("create view due as select 2 as n", "create view two as select 2 as n")


def downgrade():
    op.rename_entity("create view one as select 1 as n", "create view uno as select 1 as n")
    op.rename_entity("create view two as select 2 as n", "create view due as select 2 as n")
'''


def test_what_a_rename_carries_along(tmp_path: Path, database: Database, server: Server) -> None:
    """A view that somebody has changed goes along with a renamed column, and is what it is to be after that."""
    project = Project(tmp_path, database.url)
    view = "create view listed as select {} as v from towns"
    project.write({"app/models.py": MODELS.format("name"), "app/entities/all.sql": view.format("name")})
    project.make()
    project.migrate()
    project.write({"app/models.py": MODELS.format("title"), "app/entities/all.sql": view.format("title")})
    project.make(answers=Answers(ask=lambda question: True))
    database.execute("create or replace view listed as select upper(name) as v from towns")
    assert "view public.listed" in str(refused(project))
    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}
    assert observer.dump(database) == undisturbed(project, server)


MODELS = """
from sqlalchemy import Column, MetaData, Table, Text

metadata = MetaData()
Table("towns", metadata, Column("{}", Text))
"""


# -- it does not stop --------------------------------------------------------------------------------------------------


def test_what_no_pending_step_touches_is_nobodys_business(project: Project, database: Database) -> None:
    project.migrate()
    project.write({"app/entities/more.sql": "create view more as select 1 as n"})
    project.make()
    database.execute("create or replace function twice(n integer) returns integer language sql as 'select 0'")
    assert project.migrate() == 1


def test_what_an_earlier_step_makes_is_not_looked_at(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    for number in range(3):
        project.write({"app/entities/all.sql": f"create view one as select {number} as n"})
        project.make()
    assert project.migrate() == 3


def test_a_hot_fix_that_is_in_the_source_by_now(project: Project, database: Database, server: Server) -> None:
    """The database has it already; what depends on it, and is to come, comes."""
    database.execute("create or replace function twice(n integer) returns integer language sql as 'select n + n'")
    database.execute(
        "create or replace view numbers as select n, n::varchar as name from generate_series(1, 4) n"
        " where n::varchar in ('1', '2')"
    )
    database.execute("alter type size add value 'l'")
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert observer.dump(database) == undisturbed(project, server)


def test_another_spelling_is_renewed(project: Project, database: Database) -> None:
    """A view that is fed back what the server says of it reads otherwise: as after a restored dump."""
    ((text,),) = database.execute("select pg_get_viewdef('numbers'::regclass)")
    database.execute(f"create or replace view numbers as {text}")
    heard = Heard()
    project.migrate(reporter=heard)
    assert ["view public.numbers" in note for note in heard.notes] == [True]
    rows = database.execute(
        "select action, revision from cucurbit_ledger where identity = 'public.numbers' order by id"
    )
    assert rows == [("create", "0001_initial"), ("renew", "0001_initial"), ("replace", project.revisions[-1].stem)]


MANY = '''"""{0}"""

from alembic import op

revision = "{0}"
down_revision = {1}


def upgrade():
{2}


def downgrade():
    pass
'''


def test_one_query_however_many(tmp_path: Path, database: Database) -> None:
    """Four hundred entities that have not drifted: beside settings one statement is sent."""
    project = Project(tmp_path, database.url)
    function = "create function f{}(n integer) returns integer language sql as 'select {}'"
    first = (f"    op.create_entity({function.format(i, 'n')!r})" for i in range(400))
    second = (
        f"    op.replace_entity({function.format(i, 'n + 1')!r}, {function.format(i, 'n')!r})" for i in range(400)
    )
    project.write({"migrations/versions/0001.py": MANY.format("0001", None, "\n".join(first))})
    project.write({"migrations/versions/0002.py": MANY.format("0002", "'0001'", "\n".join(second))})
    project.migrate("0001")
    with project.at_work() as found, connect(found) as connection:
        steps = Executor(Scripts(found), connection).steps(None)
        with statements() as sent:
            assert guard(found, connection, steps) == Guarded()
    [query] = [statement for statement in sent if not statement.lower().startswith("set ")]
    assert "f399" in query


# -- without scratch ---------------------------------------------------------------------------------------------------


def test_without_scratch_it_is_a_suspicion(project: Project, database: Database) -> None:
    database.execute(BY_HAND["view public.numbers"])
    text = (project.path / "settings.toml").read_text()
    project.write({"settings.toml": f'{text}\n[scratch]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n'})
    error = refused(project)
    assert "may have been changed" in error.message
    assert "[scratch]" in str(error)
    assert "cannot connect" in str(error)
    project.migrate(on_drift="overwrite")
    assert set(project.states().values()) == {"applied"}


def test_a_hot_fix_in_the_source_needs_no_scratch(project: Project, database: Database) -> None:
    database.execute("create or replace function twice(n integer) returns integer language sql as 'select n + n'")
    text = (project.path / "settings.toml").read_text()
    project.write({"settings.toml": f'{text}\n[scratch]\nurl = "postgresql://nobody@127.0.0.1:1/none"\n'})
    project.migrate()


# -- the other ways to run ---------------------------------------------------------------------------------------------


def test_plan_marks_it_and_fake_does_not_care(project: Project, database: Database) -> None:
    database.execute(BY_HAND["view public.numbers"])
    planned = fine(project, "migrate", "--plan")
    assert "! view public.numbers is not as it was recorded" in planned
    assert run(project, "migrate", "--check").code == 1
    answer = run(project, "migrate")
    assert (answer.code, "Traceback" in answer.err) == (1, False)
    assert fine(project, "migrate", "--fake")


def test_alembic_upgrade_is_guarded(project: Project, database: Database) -> None:
    database.execute(BY_HAND["view public.numbers"])

    env = {name: value for name, value in os.environ.items() if not name.startswith("CUCURBIT_")}

    def alembic(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "alembic", "-c", "pyproject.toml", *args]
        return subprocess.run(command, cwd=project.path, env=env, capture_output=True, text=True, check=False)

    project.write({"pyproject.toml": '[tool.alembic]\nscript_location = "migrations"\n'})
    done = alembic("upgrade", "head")
    assert done.returncode != 0
    assert "view public.numbers" in done.stdout + done.stderr
    done = alembic("-x", "on-drift=overwrite", "upgrade", "head")
    assert done.returncode == 0, done.stderr
    assert set(project.states().values()) == {"applied"}


# -- checkdrift --------------------------------------------------------------------------------------------------------


def test_checkdrift_as_a_role_that_reads_the_ledger_alone(project: Project, database: Database) -> None:
    """And with no app that could be imported."""
    project.write({"app/entities/broken.py": "raise ValueError('no')\n"})
    text = (project.path / "settings.toml").read_text()
    with role(database) as somebody:
        database.execute(f"grant select on cucurbit_ledger to {somebody}")
        project.write({"settings.toml": text.replace(database.url, url_of(database, somebody))})
        assert "No drift" in fine(project, "checkdrift")
        database.execute(BY_HAND["view public.numbers"])
        database.execute("drop procedure work")
        answer = run(project, "checkdrift", "--format", "json")
        assert answer.code == 1
        found = {item["identity"]: (item["state"], item["suspected"]) for item in json.loads(answer.out)}
        assert found == {"public.numbers": ("drifted", True), "public.work()": ("missing", False)}
        other = f'\n[scratch]\nurl = "{database.server.url()}"\n'
        project.write({"settings.toml": text.replace(database.url, url_of(database, somebody)) + other})
        with untouched(project, database):
            answer = run(project, "checkdrift", "--format", "json")
        (view,) = (item for item in json.loads(answer.out) if item["kind"] == "view")
        assert (view["suspected"], view["revision"], view["applied_by"]) == (False, "0001_initial", "postgres")
        assert "+++ database" in view["diff"]
        assert "drifted view public.numbers" in run(project, "checkdrift").out


def test_checkdrift_leaves_out_what_another_role_is_not_told(tmp_path: Path, database: Database) -> None:
    """Options of a user mapping are shown to its owner only, and default privileges are those of whoever asks."""
    project = Project(tmp_path, database.url)
    project.write({"app/entities/all.sql": UNTOLD})
    project.make()
    project.migrate()
    text = (project.path / "settings.toml").read_text()
    with role(database) as somebody:
        database.execute(f"grant select on cucurbit_ledger to {somebody}")
        project.write({"settings.toml": text.replace(database.url, url_of(database, somebody))})
        assert "No drift" in fine(project, "checkdrift")
    project.write({"settings.toml": text})
    database.execute("alter user mapping for public server far options (set a 'c')")
    assert "user mapping far(public)" in run(project, "checkdrift").out


UNTOLD = """
create foreign data wrapper far;
create server far foreign data wrapper far;
create user mapping for public server far options (a 'b');
alter default privileges in schema public grant select on tables to pg_monitor;
"""


# -- another major version ---------------------------------------------------------------------------------------------

SPELLED = """
create view numbers as select n, n::varchar as name from generate_series(1, 3) n where n::varchar in ('1', '2');
create view joined as select a.n, b.n as m from numbers a join numbers b using (n);
create view untouched as select n from numbers where name in ('1', '2');
create function twice(n integer) returns integer language sql as 'select n * 2';
"""


MAJORS = """
select distinct on (identity) identity, server_version / 10000
  from cucurbit_ledger where kind <> 'revision' order by identity, id desc
"""


@pytest.mark.servers("18")
def test_a_major_upgrade_is_no_drift(tmp_path: Path, server: Server) -> None:
    """A dump of 15 restored into 18 is spelled otherwise; it is told from what somebody changed there, and renewed."""
    try:
        old = servers.start("15")
    except servers.NoServerError as missing:
        pytest.skip(str(missing))
    with servers.new_database(old) as before, servers.new_database(server) as after:
        project = Project(tmp_path, before.url)
        project.write({"app/entities/all.sql": SPELLED})
        project.make()
        project.migrate()
        restore(before, after)
        project.write({"settings.toml": (project.path / "settings.toml").read_text().replace(before.url, after.url)})
        with project.at_work() as found:
            checked = drift.check(found)
        assert (checked.recorded, checked.drifted) == (4, [])
        heard = Heard()
        assert project.migrate(reporter=heard) == 0
        assert heard.notes
        assert {major for _, major in after.execute(MAJORS)} == {18}
        rows = after.execute("select count(*) from cucurbit_ledger")
        assert project.migrate() == 0  # once is enough
        assert after.execute("select count(*) from cucurbit_ledger") == rows

        after.execute("create or replace view joined as select 1 as n, 2 as m")
        project.write(
            {"app/entities/all.sql": SPELLED.replace("select a.n", "select a.n + 0 as n").replace("(1, 3)", "(1, 4)")}
        )
        project.make()
        error = refused(project)
        assert "view public.joined" in error.message
        assert "view public.numbers:" not in str(error)


def restore(one: Database, other: Database) -> None:
    dump = [str(one.server.bin / "pg_dump"), "--no-owner", "--inserts", f"--dbname={one.url}"]
    text = subprocess.run(dump, capture_output=True, text=True, check=True).stdout
    other.execute("\n".join(line for line in text.splitlines() if not line.startswith("\\")))


# -- whatever somebody does --------------------------------------------------------------------------------------------

HISTORY = (
    "create view one as select 1 as n; create materialized view two as select 1 as n;"
    " create function three() returns integer language sql as 'select 1'",
    "create view one as select 2 as n; create materialized view two as select 2 as n;"
    " create function three() returns integer language sql as 'select 2'",
    "create view one as select 2 as n, 3 as m; create materialized view two as select 3 as m",
    "create view one as select 4 as z; create materialized view two as select 4 as m;"
    " create function three() returns bigint language sql as 'select 4::bigint'",
)

DONE = {
    "nothing": "",
    "one is dropped": "drop view if exists one",
    "one is another": "drop view if exists one; create view one as select 'x' as other",
    "one has a default": "alter view if exists one alter column n set default 3",
    "two is dropped": "drop materialized view if exists two",
    "two is another": "drop materialized view if exists two; create materialized view two as select 5 as n",
    "three is dropped": "drop function if exists three",
    "three is another": "alter function three() strict",
}


@pytest.fixture
def course(tmp_path: Path, server: Server) -> tuple[Project, str]:
    """A history, and what it makes."""
    project = Project(tmp_path, "")
    with servers.new_database(server) as database:
        move(project, database)
        for text in HISTORY:
            project.write({"app/entities/all.sql": text})
            project.make()
        project.migrate()
        return project, observer.dump(database)


def move(project: Project, database: Database) -> None:
    settings = (project.path / "settings.toml").read_text()
    url = next(line for line in settings.splitlines() if line.startswith("url = "))
    project.write({"settings.toml": settings.replace(url, f"url = {json.dumps(database.url)}")})


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.sampled_from(sorted(DONE)), max_size=2), min_size=3, max_size=3))
def test_whatever_is_done_by_hand_overwrite_leads_to_the_same(
    course: tuple[Project, str], server: Server, done: list[list[str]]
) -> None:
    """Behind each revision but the last something is changed by hand, or dropped."""
    project, expected = course
    with servers.new_database(server) as database:
        move(project, database)
        project.migrate("+1")
        for changes in done:
            for change in changes:
                # Some do not fit by then, as there is no such function: nobody could do them either.
                with suppress(psycopg.Error):
                    database.execute(DONE[change])
            project.migrate("+1", on_drift="overwrite")
        project.migrate()
        assert set(project.states().values()) == {"applied"}
        assert observer.dump(database) == expected
