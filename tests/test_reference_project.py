"""The repository's root is a project: its history is complete, and leads there and back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import observer
from tests.project import ROOT, Project
from tests.servers import Database

OURS = ("alembic_version", "cucurbit_ledger")
# What a shop is likely to have; tests/mixed.py has one of every kind.
KINDS = (
    *("schema", "extension", "enum", "function", "procedure", "view", "materialized view", "index", "statistics"),
    *("row level security", "trigger", "rule", "policy"),
)
PARTS = ("project", "entities", "migrations", "settings.toml", "pyproject.toml", "manage.py")


@pytest.fixture
def shop(tmp_path: Path, database: Database) -> Project:
    """A copy of the root, on a database of the tests."""
    project = Project(tmp_path / "shop", database.url)
    shutil.rmtree(project.path)
    project.path.mkdir()
    for part in PARTS:
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, project.path / part)
    settings = (ROOT / "settings.toml").read_text()
    project.write({"settings.toml": settings.replace('url = "embedded"', f'url = "{database.url}"')})
    return project


def test_its_history_is_complete_and_leads_there_and_back(shop: Project, database: Database) -> None:
    assert len(shop.revisions) >= 3
    assert shop.manage("makemigrations", "--check").returncode == 0

    empty = observer.dump(database, OURS)
    shop.migrate()
    states = shop.states()
    assert set(states.values()) == {"applied"}
    assert {kind for kind in KINDS if not any(name.startswith(f"{kind} ") for name in states)} == set()
    full = observer.dump(database, OURS)

    shop.migrate("base")
    assert observer.difference(empty, observer.dump(database, OURS)) == ""
    shop.migrate()
    assert observer.difference(full, observer.dump(database, OURS)) == ""
