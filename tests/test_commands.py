"""The commands by what they print, write and return: each option once, on a real database."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cucurbit import __version__
from tests import observer, servers
from tests.project import Project
from tests.servers import Database, Server, new_database
from tests.shell import Answer, files, name_of, role, run, scratches, spawn, untouched, url_of

MODELS = """
from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"

    id: Mapped[int] = mapped_column(primary_key=True)
    total: Mapped[int]
    status: Mapped[str] = mapped_column(String(10))
"""

OPEN_ORDERS = "create view open_orders as\nselect id, total from orders where status = 'open';\n"

LEDGER = "project, revision, action, kind, identity, schema, hash, sql, catalog_hash, server_version"


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A table and a view on it, for which there is no migration yet."""
    made = Project(tmp_path / "shop", database.url)
    made.write({"app/models.py": MODELS, "app/entities/open_orders.sql": OPEN_ORDERS})
    return made


def fine(answer: Answer, *says: str) -> str:
    """The output of a command that went well."""
    assert (answer.code, answer.err) == (0, ""), answer.text
    for text in says:
        assert text in answer.out, answer.out
    return answer.out


def view(name: str, query: str = "select 1 as n") -> dict[str, str | None]:
    return {f"app/entities/{name}.sql": f"create view {name} as {query};\n"}


def ledger(database: Database) -> list[tuple[Any, ...]]:
    return database.execute(f"select {LEDGER} from cucurbit_ledger order by id")


# -- all of them -----------------------------------------------------------------------------------------------------


def test_help_of_every_command(tmp_path: Path) -> None:
    project = Project(tmp_path, "")
    listed = fine(run(project, "--help"))
    names = re.findall(r"^  (\w+)  ", listed.split("Commands:")[1], re.MULTILINE)
    assert {"makemigrations", "migrate", "showentities", "showmigrations"} <= set(names)
    for name in names:
        for option in ("--help", "-h"):
            fine(run(project, name, option), f"Usage: manage.py {name} ", "--help")
    assert run(project, "--version").out == f"cucurbit, version {__version__}\n"


def test_colour_is_for_terminals_unless_the_environment_says_otherwise(project: Project) -> None:
    project.make()
    project.migrate()
    ansi = "\x1b["
    assert ansi not in fine(spawn(project, "showentities"))
    assert ansi in fine(spawn(project, "showentities", FORCE_COLOR="1"))
    assert ansi in _on_a_terminal(project, "showentities")
    assert ansi not in _on_a_terminal(project, "showentities", NO_COLOR="1")
    for command in ("makemigrations", "migrate", "showmigrations", "showentities"):
        assert ansi not in fine(run(project, command))
        assert ansi not in fine(run(project, command, FORCE_COLOR="1", NO_COLOR="1"))
    assert ansi in fine(run(project, "showmigrations", FORCE_COLOR="1"))
    assert ansi not in fine(run(project, "showentities", "--format", "json", FORCE_COLOR="1"))


def test_a_plain_table_has_what_the_coloured_one_has(project: Project) -> None:
    project.make()
    project.migrate()
    plain = fine(run(project, "showentities"))
    coloured = re.sub(r"\x1b\[[\d;]*m", "", fine(run(project, "showentities", FORCE_COLOR="1", COLUMNS="200")))
    assert plain.split() == coloured.replace("─", "").split()


def _on_a_terminal(project: Project, *args: str, **environment: str) -> str:
    own = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "manage.py", *args],
        cwd=project.path,
        env={**own, "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:  # Linux's way to say that the other side is closed
        pass
    os.close(ours)
    assert running.wait() == 0, shown
    return shown.decode()


# -- makemigrations --------------------------------------------------------------------------------------------------


def test_makemigrations_writes_a_file_and_says_what_is_in_it(project: Project) -> None:
    out = fine(run(project, "makemigrations"))
    assert out.splitlines()[:3] == [
        "Migration migrations/versions/0001_initial.py",
        "  + Create table orders",
        "  + Create view public.open_orders",
    ]
    assert [path.name for path in project.revisions] == ["0001_initial.py"]
    with untouched(project):
        assert fine(run(project, "makemigrations")) == "No changes detected\n"

    project.write({"app/entities/open_orders.sql": OPEN_ORDERS.replace("'open'", "'new'"), **view("extra")})
    out = fine(run(project, "makemigrations", "--name", "Order totals"))
    assert out.startswith("Migration migrations/versions/0002_order_totals.py\n")
    assert sorted(out.splitlines()[1:3]) == ["  + Create view public.extra", "  ~ Replace view public.open_orders"]
    project.write({"app/entities/extra.sql": None})
    fine(run(project, "makemigrations"), "versions/0003_drop_extra.py", "  - Drop view public.extra")
    project.migrate()
    assert project.states() == {"view public.open_orders": "applied"}


def test_check_writes_nothing_and_returns_whether_something_changed(project: Project, database: Database) -> None:
    with untouched(project, database):
        answer = run(project, "makemigrations", "--check")
    assert (answer.code, answer.err) == (1, "")
    assert "+ Create view public.open_orders" in answer.out
    assert "Would write migrations/versions/0001_initial.py" in answer.out
    project.make()
    with untouched(project, database):
        assert fine(run(project, "makemigrations", "--check")) == "No changes detected\n"


def test_dry_run_prints_the_file_that_would_be_written(project: Project, database: Database) -> None:
    with untouched(project, database):
        out = fine(run(project, "makemigrations", "--dry-run", "-n", "first"))
    assert "Would write migrations/versions/0001_first.py" in out
    fine(run(project, "makemigrations", "-n", "first"))
    (file,) = project.revisions
    undated = [re.sub(r"(?m)^Created: .*$", "", text) for text in (out, file.read_text())]
    assert undated[1].rstrip() in undated[0]


def test_empty_writes_a_revision_to_be_filled(project: Project, database: Database) -> None:
    project.make()
    fine(run(project, "makemigrations", "--empty", "-n", "by hand"), "migrations/versions/0002_by_hand.py")
    file = project.revisions[1]
    file.write_text(file.read_text().replace("pass", 'op.execute("create table by_hand (i int)")', 1))
    fine(run(project, "migrate"), "Applying 0002_by_hand... OK")
    assert database.execute("select count(*) from by_hand") == [(0,)]


def test_makemigrations_as_json(project: Project) -> None:
    with untouched(project):
        answer = run(project, "makemigrations", "--check", "--format", "json")
    assert answer.code == 1
    would = json.loads(answer.out)
    made = json.loads(fine(run(project, "makemigrations", "--format", "json")))
    assert made["paths"] == would["paths"] == ["migrations/versions/0001_initial.py"]
    assert (would["changed"], would["written"], made["changed"], made["written"]) == (True, False, True, True)
    assert (
        made["operations"]
        == would["operations"]
        == [
            {"sign": "+", "text": "Create table orders"},
            {"sign": "+", "text": "Create view public.open_orders"},
        ]
    )
    assert made["warnings"] == []
    assert made["verified_seconds"] >= 0
    nothing = json.loads(fine(run(project, "makemigrations", "--format", "json")))
    assert (nothing["changed"], nothing["written"], nothing["paths"], nothing["operations"]) == (False, False, [], [])


def test_warnings_are_on_standard_error(project: Project) -> None:
    project.write({"app/entities/own.sql": "create policy own on orders using (true);"})
    answer = run(project, "makemigrations")
    assert answer.code == 0
    assert answer.err.startswith("Warning: app/entities/own.sql:1:1: ")
    assert "row level security" in answer.err


def test_against_database_finds_what_scratch_finds(project: Project, database: Database) -> None:
    project.make()
    project.migrate()
    nothing = run(project, "makemigrations", "--against", "database")
    assert (nothing.code, nothing.out) == (0, "No changes detected\n")
    assert nothing.err.startswith("Note: without scratch")
    project.write(view("extra"))
    with untouched(project, database):
        by_scratch = fine(run(project, "makemigrations", "--dry-run", "--against", "scratch", "--no-input"))
        by_database = run(project, "makemigrations", "--dry-run", "--against", "database", "--no-input").out
    # Only scratch can prove it.
    assert "Verified on scratch" in by_scratch
    assert "Verified" not in by_database
    found = [
        [line for line in out.splitlines() if not line.startswith(("Verified", "Created"))]
        for out in (by_scratch, by_database)
    ]
    assert found[0] == found[1]


def test_merge_states_again_what_both_branches_changed(project: Project, server: Server) -> None:
    project.make()
    branches = {}
    for branch, status in (("a", "new"), ("b", "late")):
        project.write({"app/entities/open_orders.sql": OPEN_ORDERS.replace("open'", f"{status}'"), **view(branch)})
        fine(run(project, "makemigrations", "-n", branch))
        branches[f"migrations/versions/0002_{branch}.py"] = project.revisions[1].read_text()
        project.revisions[1].unlink()
        project.write({f"app/entities/{branch}.sql": None})
    merged = OPEN_ORDERS.replace("open'", "both'")
    project.write({**branches, **view("a"), **view("b"), "app/entities/open_orders.sql": merged})
    out = fine(run(project, "makemigrations", "--merge"))
    assert "migrations/versions/0003_merge.py" in out
    assert "~ Replace view public.open_orders" in out
    assert "public.a" not in out

    # The branches in either order come to one database, and nothing is left to do.
    dumps = []
    for first in ("0002_a", "0002_b"):
        with new_database(server) as database:
            settings = project.path / "settings.toml"
            settings.write_text(re.sub(r'url = ".*"', f'url = "{database.url}"', settings.read_text()))
            fine(run(project, "migrate", first))
            fine(run(project, "migrate"), "0003_merge... OK")
            assert set(project.states().values()) == {"applied"}
            assert "'both'" in database.execute("select pg_get_viewdef('open_orders')")[0][0]
            dumps.append(observer.dump(database))
            assert fine(run(project, "makemigrations")) == "No changes detected\n"
    assert observer.difference(*dumps) == ""


# -- migrate ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def history(project: Project) -> Project:
    """Three revisions: the table and its view, two more views, a change of each sort."""
    project.make()
    project.write({**view("second"), **view("third", "select 'it''s 100% :done' as text")})
    project.make("two views")
    project.write({**view("second", "select 2 as n"), "app/entities/third.sql": None, **view("fourth")})
    project.make("changes")
    return project


def applied(project: Project) -> list[str]:
    """The revisions that showmigrations marks as applied."""
    out = fine(run(project, "showmigrations"))
    lines = [re.fullmatch(r" \[(.)\] (\w+)(  \(applied [\d-]+ [\d:]+ UTC\))?", line) for line in out.splitlines()]
    assert all(line is not None for line in lines), out
    return [line[2] for line in lines if line is not None and line[1] == "X"]


def test_where_to_migrate(history: Project, database: Database) -> None:
    names = ["0001_initial", "0002_two_views", "0003_changes"]
    assert applied(history) == []
    steps = [
        ("0002", 2), ("head", 3), ("-1", 2), ("+1", 3), ("0001_initial", 1), ("-1", 0), ("+2", 2),
        ("zero", 0), ("head", 3), ("base", 0),
    ]  # fmt: skip
    empty = observer.dump(database, ["alembic_version", "cucurbit_ledger*"])
    for target, count in steps:
        fine(run(history, "migrate", target))
        assert applied(history) == names[:count], target
    assert observer.dump(database, ["alembic_version", "cucurbit_ledger*"]) == empty
    assert fine(run(history, "migrate")) == (
        "Operations to perform:\n  Apply: 0001_initial, 0002_two_views, 0003_changes\nRunning migrations:\n"
        "  Applying 0001_initial... OK\n  Applying 0002_two_views... OK\n  Applying 0003_changes... OK\n"
    )
    assert "No migrations to apply." in fine(run(history, "migrate"))
    out = fine(run(history, "migrate", "0002"))
    assert "  Unapply: 0003_changes\n" in out
    assert "  Unapplying 0003_changes... OK\n" in out


def test_plan_and_check_run_nothing(history: Project, database: Database) -> None:
    with untouched(history, database):
        out = fine(run(history, "migrate", "--plan"))
        assert run(history, "migrate", "--check").code == 1
        assert run(history, "migrate", "--check", "zero").code == 0
    assert [line for line in out.splitlines() if not line.startswith("    ")] == [
        "Planned operations:", "0001_initial", "0002_two_views", "0003_changes",
    ]  # fmt: skip
    assert "    ~ Replace view public.second" in out
    fine(run(history, "migrate"))
    with untouched(history, database):
        assert run(history, "migrate", "--check").code == 0
        assert "No planned migration operations." in fine(run(history, "migrate", "--plan"))
        out = fine(run(history, "migrate", "--plan", "0002"))
    assert "0003_changes (unapply)" in out
    assert "    + Create view public.third" in out


def test_fake_writes_the_rows_that_a_run_writes(history: Project, database: Database) -> None:
    fine(run(history, "migrate"))
    real = ledger(database)
    schema = observer.dump(database)
    database.execute("drop table cucurbit_ledger, alembic_version")
    assert "Applying 0001_initial... FAKED" in fine(run(history, "migrate", "--fake"))
    # What the catalog says of an entity is what it says at the end, here for all revisions.
    gone = [row[:8] for row in real]
    assert [row[:8] for row in ledger(database)] == gone
    newest = {row[4]: row for row in real}
    assert {row[4]: row for row in ledger(database)} == newest
    assert observer.dump(database) == schema
    assert set(history.states().values()) == {"applied"}

    before = len(real)
    fine(run(history, "migrate", "--fake", "zero"))
    faked = ledger(database)[before:]
    assert observer.dump(database) == schema
    assert database.execute("select * from alembic_version") == []
    fine(run(history, "migrate", "--fake"))
    before = len(ledger(database))
    fine(run(history, "migrate", "zero"))
    assert [row[:8] for row in ledger(database)[before:]] == [row[:8] for row in faked]


def test_sql_does_what_a_run_does(history: Project, database: Database, server: Server) -> None:
    with untouched(history, database):
        script = fine(run(history, "migrate", "--sql"))
        assert fine(run(history, "migrate", "--sql", "zero:head")) == script
        later = fine(run(history, "migrate", "--sql", "0001:0003"))
        down = fine(run(history, "migrate", "--sql", "0003:zero"))
    fine(run(history, "migrate"))
    real, schema = ledger(database), observer.dump(database)
    with new_database(server) as other:
        _psql(other, script)
        assert observer.difference(schema, observer.dump(other)) == ""
        assert ledger(other) == real
        version = "select version_num from alembic_version"
        assert other.execute(version) == database.execute(version)
        _psql(other, down)
        fine(run(history, "migrate", "zero"))
        assert observer.difference(observer.dump(database), observer.dump(other)) == ""
        assert ledger(other) == ledger(database)
    with new_database(server) as other:
        _psql(other, fine(run(history, "migrate", "--sql", "zero:0001")))
        _psql(other, later)
        assert observer.difference(schema, observer.dump(other)) == ""
        assert ledger(other) == real


def _psql(database: Database, script: str) -> None:
    psql = servers.binaries(servers.NEWEST) / "psql"
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--dbname={database.url}"],
        input=script,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "ERROR" not in done.stderr


def test_another_database_of_the_settings(history: Project, database: Database, server: Server) -> None:
    with new_database(server) as other:
        with (history.path / "settings.toml").open("a") as file:
            file.write(f'\n[databases.other]\nurl = "{other.url}"\n')
        with untouched(history, database):
            fine(run(history, "migrate", "--database", "other"), "0003_changes... OK")
            assert "applied" in fine(run(history, "showentities", "--database", "other"))
            assert "[X] 0003_changes" in fine(run(history, "showmigrations", "--database", "other"))
            assert applied(history) == []


def test_showmigrations_as_json(history: Project) -> None:
    assert fine(run(history, "showmigrations")) == " [ ] 0001_initial\n [ ] 0002_two_views\n [ ] 0003_changes\n"
    fine(run(history, "migrate", "0002"))
    listed = json.loads(fine(run(history, "showmigrations", "--format", "json")))
    assert [item["revision"] for item in listed] == ["0001_initial", "0002_two_views", "0003_changes"]
    assert [item["applied"] for item in listed] == [True, True, False]
    assert [item["message"] for item in listed] == ["Initial", "Two views", "Changes"]
    assert [item["applied_at"] is not None for item in listed] == [True, True, False]


def test_showmigrations_without_any(tmp_path: Path, database: Database) -> None:
    assert fine(run(Project(tmp_path, database.url), "showmigrations")) == "(no migrations)\n"


# -- showentities ----------------------------------------------------------------------------------------------------


def shown(project: Project, *args: str) -> dict[str, dict[str, Any]]:
    """What `showentities --format json` says, by name."""
    answer = run(project, "showentities", "--format", "json", *args)
    assert answer.err == "", answer.err
    return {item["identity"].removeprefix("public."): item for item in json.loads(answer.out)}


@pytest.fixture
def states(project: Project, database: Database) -> Project:
    """Views in every state that there is: what is to be made, and what waits in 0002."""
    names = ("changed_later", "changed", "removed_later", "removed", "drifted", "missing")
    for name in names:
        project.write(view(name))
    project.make()
    project.migrate()
    project.write({**view("changed", "select 2 as n"), "app/entities/removed.sql": None, **view("new")})
    project.make("waiting")
    project.write(
        {**view("changed_later", "select 2 as n"), "app/entities/removed_later.sql": None, **view("new_later")}
    )
    database.execute("create or replace view drifted as select 3 as n")
    database.execute("drop view missing")
    database.execute("create view unmanaged as select 1 as n")
    return project


def test_every_state(states: Project, database: Database) -> None:
    with untouched(states, database):
        found = shown(states, "--all")
    assert {name: (item["state"], item["migration"]) for name, item in found.items()} == {
        "open_orders": ("applied", None),
        "new": ("new", "0002_waiting"),
        "new_later": ("new", None),
        "changed": ("changed", "0002_waiting"),
        "changed_later": ("changed", None),
        "removed": ("removed", "0002_waiting"),
        "removed_later": ("removed", None),
        "drifted": ("drifted", None),
        "missing": ("missing", None),
        "unmanaged": ("unmanaged", None),
    }
    assert "unmanaged" not in shown(states)
    table = fine(run(states, "showentities"))
    words = {line.split()[1]: " ".join(line.split()[2:]) for line in table.splitlines()[1:]}
    assert words["public.new"] == "new waits in 0002_waiting app/entities/new.sql:1:1"
    assert words["public.changed_later"] == "changed to be made app/entities/changed_later.sql:1:1"
    assert words["public.removed"] == "removed waits in 0002_waiting"
    assert words["public.open_orders"] == "applied 0001_initial app/entities/open_orders.sql:1:1"

    fine(run(states, "makemigrations", "--no-rename", "removed_later:new_later"))
    database.execute("create or replace view drifted as select 1 as n; create view missing as select 1 as n")
    fine(run(states, "migrate"))
    assert {item["state"] for item in shown(states).values()} == {"applied"}


def test_what_json_tells(states: Project, database: Database) -> None:
    found = shown(states, "--all")
    keys = {"kind", "identity", "app", "origin", "state", "suspected", "hash", "revision", "applied_at", "migration"}
    assert {frozenset(item) for item in found.values()} == {frozenset(keys)}
    item = found["open_orders"]
    assert (item["kind"], item["identity"], item["app"]) == ("view", "public.open_orders", "app")
    assert (item["origin"], item["revision"]) == ("app/entities/open_orders.sql:1:1", "0001_initial")
    ((hash_, at),) = database.execute(
        "select hash, applied_at from cucurbit_ledger where identity = 'public.open_orders'"
    )
    assert item["hash"] == hash_
    assert item["applied_at"] == at.isoformat()
    # What is declared otherwise has the hash of the declaration, what is not declared that of the ledger.
    assert found["changed"]["hash"] not in {row[0] for row in database.execute("select hash from cucurbit_ledger")}
    assert found["removed"]["hash"] in {row[0] for row in database.execute("select hash from cucurbit_ledger")}
    assert (found["unmanaged"]["hash"], found["unmanaged"]["origin"], found["new"]["revision"]) == (None, None, None)


def test_filters(states: Project) -> None:
    states.write({"app/entities/one.sql": "create function one() returns int language sql as 'select 1';"})
    everything = shown(states)
    assert shown(states, "--kind", "function").keys() == {"one()"}
    assert shown(states, "--kind", "view").keys() == everything.keys() - {"one()"}
    assert shown(states, "--state", "removed").keys() == {"removed", "removed_later"}
    assert shown(states, "--state", "unmanaged").keys() == {"unmanaged"}
    assert shown(states, "--app", "app").keys() == everything.keys() - {"removed", "removed_later"}
    assert shown(states, "--kind", "function", "--state", "applied") == {}
    assert fine(run(states, "showentities", "--kind", "function", "--state", "applied")) == "No entities.\n"


def test_check_of_entities(states: Project) -> None:
    assert run(states, "showentities", "--check").code == 1
    assert run(states, "showentities", "--check", "--state", "drifted").code == 1
    assert run(states, "showentities", "--check", "--state", "applied").code == 0
    assert run(states, "showentities", "--check", "--state", "unmanaged").code == 0


def test_diff(states: Project) -> None:
    out = fine(run(states, "showentities", "--diff"))
    diffs = {block.split("\n")[0].split(".")[-1]: block.split("\n")[2:] for block in out.split("\n--- ")[1:]}
    changed = [line for line in diffs["changed"] if line.startswith(("+", "-"))]
    assert changed == ["-create view changed as select 1 as n", "+create view changed as select 2 as n"]
    drifted = [line.strip() for line in diffs["drifted"] if line.startswith(("+", "-"))]
    assert [re.sub(r"\s+", " ", line) for line in drifted] == ["- SELECT 1 AS n", "+ SELECT 3 AS n"]
    assert "open_orders" not in diffs
    found = shown(states, "--diff")
    assert found["open_orders"]["diff"] == ""
    assert "+create view changed as select 2 as n" in found["changed"]["diff"]


# -- drift -----------------------------------------------------------------------------------------------------------


def test_a_renamed_column_is_no_drift(project: Project, database: Database) -> None:
    project.make()
    project.migrate()
    fine(run(project, "makemigrations", "--empty", "-n", "rename"))
    file = project.revisions[1]
    rename = 'op.alter_column("orders", "{}", new_column_name="{}")'
    text = file.read_text().replace("pass", rename.format("total", "amount"), 1)
    file.write_text(text.replace("pass", rename.format("amount", "total"), 1))
    project.write({"app/models.py": MODELS.replace("total", "amount")})
    fine(run(project, "migrate"))
    assert "amount" in database.execute("select pg_get_viewdef('open_orders')")[0][0]
    assert {name: item["state"] for name, item in shown(project).items()} == {"open_orders": "applied"}
    with untouched(project, database):  # the entity still has to be told
        answer = run(project, "makemigrations")
        assert (answer.code, 'column "total" does not exist' in answer.err) == (1, True)
    fine(run(project, "migrate", "-1"))
    assert {item["state"] for item in shown(project).values()} == {"applied"}


def test_a_definition_fed_back_is_no_drift(project: Project, database: Database) -> None:
    """What a dump and a restore do: PostgreSQL prints the definition otherwise than it did."""
    project.write(view("listed", "select id from orders where status in ('a', 'b')"))
    project.make()
    project.migrate()
    ((before,),) = database.execute("select pg_get_viewdef('listed')")
    database.execute(f"create or replace view listed as {before}")
    ((after,),) = database.execute("select pg_get_viewdef('listed')")
    assert after != before  # else this test shows nothing
    with untouched(project, database):
        assert {item["state"] for item in shown(project).values()} == {"applied"}
        assert run(project, "showentities", "--check").code == 0

    database.execute("create or replace view listed as select id from orders where status in ('a', 'c')")
    with untouched(project, database):
        found = shown(project)
    assert (found["listed"]["state"], found["listed"]["suspected"]) == ("drifted", False)
    assert found["open_orders"]["state"] == "applied"
    assert scratches(database.server, name_of(project)) == []


def test_drift_that_no_scratch_database_can_settle_is_a_suspicion(project: Project, database: Database) -> None:
    project.make()
    project.migrate()
    database.execute("create or replace view open_orders as select id, total from orders")
    with role(database) as somebody:
        database.execute(f"grant select on cucurbit_ledger, alembic_version to {somebody}")
        settings = project.path / "settings.toml"
        settings.write_text(settings.read_text().replace(database.url, url_of(database, somebody)))
        before = files(project)
        assert "drifted?" in fine(run(project, "showentities"))
        found = shown(project)
        assert (found["open_orders"]["state"], found["open_orders"]["suspected"]) == ("drifted", True)
        assert shown(project, "--state", "drifted").keys() == {"open_orders"}
        assert run(project, "showentities", "--check").code == 1
        assert files(project) == before
