"""A changed materialized view is made beside the old one: readers wait for a rename and not for the query."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest

from tests.project import Project
from tests.servers import Database

MODELS = """
from sqlalchemy import Integer
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

class Base(DeclarativeBase):
    pass

class Order(Base):
    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    total = mapped_column(Integer)
"""
TOTALS = "create materialized view totals as select id, total from orders;\n"
SLOW = "create materialized view totals as select id, total, pg_sleep(1.5)::text as slept from orders;\n"
INDEX = "create unique index totals_id on totals (id);\n"
MORE = "create materialized view more as select id from orders;\n"
SLOW_MORE = "create materialized view more as select id, pg_sleep(1)::text as slept from orders;\n"
TOP = "create view top as select id from totals where total > 10;\n"


def longest_wait(database: Database, done: Event) -> float:
    """Read the materialized view again and again; the seconds that the slowest reading took."""
    slowest = 0.0
    with psycopg.connect(database.url, autocommit=True) as connection:
        while not done.is_set():
            began = time.monotonic()
            connection.execute("select count(*) from top join totals using (id)")
            slowest = max(slowest, time.monotonic() - began)
    return slowest


@pytest.mark.servers("18", "14")
def test_readers_do_not_wait_for_the_query(tmp_path: Path, database: Database) -> None:
    """Nor for its indexes, those made by hand too, which keep their comments."""
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/entities/all.sql": TOTALS + INDEX + TOP})
    project.make()
    project.migrate()
    database.execute(
        """
        insert into orders values (1, 20);
        refresh materialized view totals;
        create index "By Hand" on totals (total, id);
        comment on index "By Hand" is 'somebody''s';
        """
    )
    project.write({"app/entities/all.sql": SLOW + INDEX + TOP})
    project.make()

    done = Event()
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(longest_wait, database, done)
        began = time.monotonic()
        try:
            project.migrate()
        finally:
            done.set()
        assert time.monotonic() - began > 1.5 > 2 * waited.result()
    assert database.execute("select slept is not null from top join totals using (id)") == [(True,)]
    assert database.execute("select indexname from pg_indexes where tablename = 'totals' order by 1") == [
        ("By Hand",),
        ("totals_id",),
    ]
    assert database.execute("""select obj_description('"By Hand"'::regclass)""") == [("somebody's",)]
    assert set(project.states().values()) == {"applied"}

    project.migrate("-1")
    assert set(project.states().values()) <= {"applied", "changed"}
    assert database.execute("select total from top join totals using (id)") == [(20,)]


def test_an_index_that_the_new_form_has_no_column_for_fails_by_name(tmp_path: Path, database: Database) -> None:
    """One made by hand: nobody said that it may go."""
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/entities/all.sql": TOTALS})
    project.make()
    project.migrate()
    database.execute("create index by_hand on totals (total)")
    project.write({"app/entities/all.sql": TOTALS.replace("id, total", "id")})
    project.make()
    with pytest.raises(Exception, match="by_hand"):
        project.migrate()
    assert database.execute("select total from totals") == []


def test_a_new_index_on_a_new_column_comes_after_it(tmp_path: Path, database: Database) -> None:
    project = Project(tmp_path, database.url)
    project.write({"app/models.py": MODELS, "app/entities/all.sql": TOTALS})
    project.make()
    project.migrate()
    more = TOTALS.replace("id, total", "id, total, total + 1 as more") + "create index more on totals (more);\n"
    project.write({"app/entities/all.sql": more})
    project.make()
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    project.migrate("-1")
    assert database.execute("select indexname from pg_indexes where tablename = 'totals'") == []


def test_several_take_their_places_when_all_are_filled(tmp_path: Path, database: Database) -> None:
    """But one that reads another through a view is filled from its new form."""
    project = Project(tmp_path, database.url)
    over = "create materialized view over as select id, 1 as n from top;\n"
    project.write({"app/models.py": MODELS, "app/entities/all.sql": TOTALS + MORE + TOP + over})
    project.make()
    project.migrate()
    database.execute("insert into orders values (1, 20), (2, 5); refresh materialized view totals")
    slow = SLOW.replace("total, pg_sleep(1.5)", "total * 10 as total, pg_sleep(0.5)")
    changed = slow + SLOW_MORE + TOP + over.replace("1 as", "2 as")
    project.write({"app/entities/all.sql": changed})
    project.make()

    done = Event()
    with ThreadPoolExecutor(1) as pool:
        waited = pool.submit(longest_wait, database, done)
        try:
            project.migrate()
        finally:
            done.set()
        assert waited.result() < 0.9
    assert database.execute("select id, n from over order by 1") == [(1, 2), (2, 2)]
    assert database.execute("select id, total from totals order by 1") == [(1, 200), (2, 50)]
    assert set(project.states().values()) == {"applied"}
