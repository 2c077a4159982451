"""Drift: what somebody changed by hand is found, what only reads otherwise is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.project import Project
from tests.servers import Database

ENTITIES = """
create type size as enum ('s', 'm');
create function twice(n integer) returns integer language sql as 'select n * 2';
create view numbers as select n, n::varchar as name from generate_series(1, 3) n where n::varchar in ('1', '2');
create materialized view totals as select sum(n) as total from numbers where name in ('1', '2');
create unique index totals_total on totals (total);
"""

# identity -> what somebody does to it by hand
BY_HAND = {
    "enum public.size": ["alter type size add value 'l'"],
    "function public.twice(integer)": ["alter function twice(integer) security definer"],
    "view public.numbers": ["alter view numbers alter column n set default 3"],
    "materialized view public.totals": [
        "drop materialized view totals",
        "create materialized view totals as select sum(n) + 1 as total from numbers",
        "create unique index totals_total on totals (total)",
    ],
    "index public.totals_total": ["drop index totals_total", "create index totals_total on totals (total)"],
}


@pytest.fixture
def project(tmp_path: Path, database: Database) -> Project:
    """A project with one entity of each of these kinds, applied."""
    project = Project(tmp_path, database.url)
    project.write({"app/entities/all.sql": ENTITIES})
    project.make()
    project.migrate()
    return project


def test_a_change_by_hand_is_drift(project: Project, database: Database) -> None:
    """Each of them, one after the other, and nothing else is called so."""
    drifted: set[str] = set()
    for identity, statements in BY_HAND.items():
        for statement in statements:
            database.execute(statement)
        drifted.add(identity)
        assert {name for name, state in project.states().items() if state == "drifted"} == drifted


def test_what_is_made_again_from_the_servers_own_words_is_no_drift(project: Project, database: Database) -> None:
    """As a restored dump does: an IN list over varchar reads otherwise after that."""
    ((view,),) = database.execute("select pg_get_viewdef('numbers'::regclass)")
    ((totals,),) = database.execute("select pg_get_viewdef('totals'::regclass)")
    database.execute("drop materialized view totals")
    database.execute(f"create or replace view numbers as {view}")
    database.execute(f"create materialized view totals as {totals}")
    database.execute("create unique index totals_total on totals (total)")
    ((again,),) = database.execute("select pg_get_viewdef('numbers'::regclass)")
    assert again != view
    assert set(project.states().values()) == {"applied"}


def test_what_is_gone_is_missing(project: Project, database: Database) -> None:
    """Dropped by hand."""
    database.execute("drop materialized view totals")
    states = project.states()
    assert states["materialized view public.totals"] == "missing"
    assert states["index public.totals_total"] == "missing"
    assert states["view public.numbers"] == "applied"
