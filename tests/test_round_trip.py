"""The way that every project goes, on every server: the shop, and a project as `startproject` writes it.

Everything applied, one entity of each kind changed, down to nothing and up again; pg_dump judges from outside.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cucurbit.actions.migrate import plan
from cucurbit.actions.scaffold import start_project
from tests.observer import difference, dump
from tests.project import ROOT, Project
from tests.servers import Database

OURS = ("cucurbit_ledger", "alembic_version")

# file -> (what stands there, what is to stand there): a change of one entity of each kind
CHANGES = {
    "project/models.py": ('    PAID = "paid"\n', '    PAID = "paid"\n    PACKED = "packed"\n'),
    "entities/order_total.sql": ("select coalesce(sum(line.quantity * line.price), 0)", "select sum(line.price)"),
    "entities/customer_orders.sql": ("  c.email,\n", ""),
    "entities/reports.sql": (
        "group by p.id;",
        "group by p.id\nhaving sum(line.quantity) > 0;\n\n"
        "create index sales_by_revenue on reports.sales_by_product (revenue);",
    ),
    "entities/updates.py": ('"before update"', '"before insert or update of status, note"'),
    "entities/security.py": ("where login = current_user", "where login = session_user"),
}
MORE_CHANGES = {
    "entities/customer_orders.sql": [("'taken back'", "'cancelled'")],
    "entities/reports.sql": [
        ("(dependencies)", "(dependencies, ndistinct)"),
        ("reports.refresh()\nlanguage sql", "reports.refresh()\nlanguage sql security definer"),
        ("(product_id)", "(product_id desc)"),
        ("create schema reports;", "create schema reports authorization current_user;"),
    ],
    "entities/updates.py": [('    when="old.* is distinct from new.*",\n', "")],
    "entities/security.py": [('RowLevelSecurity("orders")', 'RowLevelSecurity("orders", force=True)')],
}


@pytest.fixture
def shop(tmp_path: Path, database: Database) -> Project:
    """The reference project, without the history that it has, on a database of the tests."""
    project = Project(tmp_path, database.url, name="shop")
    shutil.rmtree(tmp_path / "app")
    for folder in ("project", "entities"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings = tmp_path / "settings.toml"
    settings.write_text(settings.read_text().replace('["app"]', '["project", "entities"]'))
    return project


@pytest.fixture
def started(tmp_path: Path, database: Database) -> Project:
    """A project of `startproject`, on a database of the tests."""
    project = Project(tmp_path / "other", database.url)
    project.path = tmp_path / "fresh"
    start_project("fresh", project.path)
    settings = project.path / "settings.toml"
    settings.write_text(
        re.sub(r'^url = "embedded"', f'url = "{database.url}"', settings.read_text(), flags=re.MULTILINE)
    )
    return project


@pytest.mark.servers("18", "14")
def test_the_shop_goes_up_changes_and_comes_back(shop: Project, database: Database) -> None:
    """With its first migration made now, then a change of one entity of each kind."""
    empty = dump(database, exclude_tables=OURS)
    made = shop.make()
    with shop.at_work() as settings:  # what is read from the file, in the words of what wrote it
        assert [planned.lines for planned in plan(settings)] == [made.lines]
    applied = _up(shop, database)
    for file, (before, after) in CHANGES.items():
        _replace(shop, file, before, after)
    for file, pairs in MORE_CHANGES.items():
        for before, after in pairs:
            _replace(shop, file, before, after)
    assert shop.make().paths
    changed = _up(shop, database)
    assert difference(applied, changed)
    assert _kinds_changed(shop) == set(_kinds(shop)) - {"extension"}  # the shop's is part of PostgreSQL
    _down(shop, database, empty)
    assert difference(changed, _up(shop, database)) == ""


@pytest.mark.servers("18", "14")
def test_a_new_project_goes_up_and_comes_back(started: Project, database: Database) -> None:
    """As the person does who has just run `cucurbit startproject`."""
    empty = dump(database, exclude_tables=OURS)
    started.make()
    applied = _up(started, database)
    (view,) = (started.path / "entities").glob("*.sql")
    view.write_text(view.read_text().rstrip().rstrip(";") + "\n  limit 10;\n")
    assert started.make().paths
    changed = _up(started, database)
    assert difference(applied, changed)
    started.migrate("-1")
    assert difference(applied, dump(database, exclude_tables=OURS)) == ""
    _down(started, database, empty)
    assert difference(changed, _up(started, database)) == ""


def test_the_history_of_the_shop_leads_to_what_it_declares(shop: Project, database: Database) -> None:
    """The revisions that are in the repository, run as they are, leave nothing to do, and go back to nothing."""
    versions = shop.path / "migrations/versions"
    shutil.copytree(ROOT / "migrations/versions", versions, dirs_exist_ok=True)
    empty = dump(database, exclude_tables=OURS)
    assert len(shop.revisions) >= 3
    applied = _up(shop, database)
    _down(shop, database, empty)
    assert difference(applied, _up(shop, database)) == ""


def _up(project: Project, database: Database) -> str:
    project.migrate()
    assert set(project.states().values()) == {"applied"}
    assert project.make().paths == []
    return dump(database, exclude_tables=OURS)


def _down(project: Project, database: Database, empty: str) -> None:
    project.migrate("base")
    assert difference(empty, dump(database, exclude_tables=OURS)) == ""


def _replace(project: Project, file: str, before: str, after: str) -> None:
    path = project.path / file
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def _kinds(project: Project) -> list[str]:
    with project.at_work() as settings:
        from cucurbit.actions.show import show

        return [shown.identity.kind for shown in show(settings).entities]


def _kinds_changed(project: Project) -> set[str]:
    """The kinds of the entities whose newest change is not the first revision's."""
    with project.at_work() as settings:
        from cucurbit.actions.show import show

        return {s.identity.kind for s in show(settings).entities if s.revision != "0001_initial"}
