"""Subscriptions, which are the whole server's: made on no scratch database, enabled by nobody but the user."""

from __future__ import annotations

from pathlib import Path

import pytest

from cucurbit.errors import MigrationError
from tests.project import Project
from tests.servers import Database
from tests.shell import role, url_of

FIRST = (
    "create subscription changes connection 'host=db.invalid' publication p with (connect = false, slot_name = none)"
)
STATE = """
select subenabled, subpublications::text, subconninfo from pg_subscription s
  join pg_database d on d.oid = s.subdbid where d.datname = current_database()
"""


def declare(project: Project, sql: str) -> None:
    project.write({"app/entities/changes.sql": f"{sql};\ncreate view one as select 1 as n;\n"})


@pytest.fixture
def project(database: Database, tmp_path: Path) -> Project:
    project = Project(tmp_path, database.url)
    declare(project, FIRST)
    project.make()
    assert database.execute("select count(*) from pg_subscription where subname = 'changes'") == [(0,)]
    project.migrate()
    assert project.states() == {"subscription changes": "applied", "view public.one": "applied"}
    return project


@pytest.mark.servers("18", "14")
def test_enabled_by_hand(project: Project, database: Database) -> None:
    """It is no drift, survives a change, and is no hindrance to a drop; the slot is asked for by nobody."""
    database.execute("alter subscription changes set (slot_name = changes)")
    database.execute("alter subscription changes enable")
    assert project.states()["subscription changes"] == "drifted"  # of the slot
    declare(project, FIRST.replace("slot_name = none", "slot_name = changes").replace("publication p", "publication q"))
    assert project.make().lines == [("~", "Replace subscription changes")]
    project.migrate(on_drift="overwrite")
    assert project.states()["subscription changes"] == "applied"
    assert database.execute(STATE) == [(True, "{q}", "host=db.invalid")]
    declare(project, "")
    project.make(), project.migrate()
    assert database.execute(STATE) == []


def test_a_password_set_by_hand_stays(project: Project, database: Database) -> None:
    """Where the connection changes, whoever has the password has to change it."""
    database.execute("alter subscription changes connection 'host=db.invalid password=hunter2'")
    assert project.states()["subscription changes"] == "applied"
    declare(project, FIRST.replace("publication p", "publication q"))
    project.make(), project.migrate()
    assert database.execute(STATE) == [(False, "{q}", "host=db.invalid password=hunter2")]

    declare(project, FIRST.replace("db.invalid", "new.invalid").replace("publication p", "publication q"))
    project.make()
    with pytest.raises(MigrationError, match="the connection of subscription changes has a password") as refused:
        project.migrate()
    assert "hunter2" not in f"{refused.value} {refused.value.hint}"
    database.execute("alter subscription changes connection 'password=hunter2 host=new.invalid'")
    project.migrate()
    assert database.execute(STATE) == [(False, "{q}", "password=hunter2 host=new.invalid")]


def test_what_is_set_at_the_publisher_is_set_by_hand(project: Project, database: Database) -> None:
    declare(project, FIRST.replace("slot_name = none", "slot_name = none, two_phase = true"))
    project.make()
    with pytest.raises(MigrationError, match="two_phase of a subscription is set at its publisher too"):
        project.migrate()
    database.execute("alter subscription changes set (two_phase = true)")
    project.migrate()
    assert project.states()["subscription changes"] == "applied"


def test_a_role_that_may_not_read_connections(project: Project, database: Database) -> None:
    """It sees all else."""
    with role(database) as somebody:
        database.execute(f"grant select on cucurbit_ledger, alembic_version to {somebody}")
        theirs = Project(project.path, url_of(database, somebody))
        assert theirs.states() == {"subscription changes": "applied", "view public.one": "applied"}
