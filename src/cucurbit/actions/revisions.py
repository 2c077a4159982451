"""showmigrations: the history, and where a database stands in it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from cucurbit.database import ledger, version
from cucurbit.database.connect import connect
from cucurbit.database.ledger import Begun
from cucurbit.errors import HistoryError
from cucurbit.migrations import history
from cucurbit.migrations.history import MISSING, History
from cucurbit.migrations.locations import read
from cucurbit.migrations.reader import ancestors, oldest_first
from cucurbit.migrations.scripts import Scripts
from cucurbit.project.settings import Settings


@dataclass(frozen=True)
class Listed:
    """One revision of the history, and whether and when it was applied.

    `problem` is `edited` for one whose file is no longer what was applied, `missing` for one whose file is gone;
    `begun_at` is when one was begun that is not done; `is_partly` that it cannot be
    run again.
    """

    revision: str
    message: str
    applied: bool
    applied_at: datetime | None
    problem: str | None = None
    begun_at: datetime | None = None
    is_partly: bool = False


@dataclass(frozen=True)
class _File:
    revision: str
    message: str
    down: Collection[str]


def revisions(settings: Settings, *, database: str = "default") -> list[Listed]:
    """The whole history, the oldest first, with what is applied and has no file any more.

    Raises HistoryError for files that make no history, unless it is for want of one that is applied.
    """
    try:
        scripts = Scripts(settings)
    except HistoryError as error:
        return _holed(settings, database, error)
    past, current, begun = _database(settings, database)
    missing = {item.revision for item in past.changed if item.state == MISSING}
    if not missing:
        scripts.refuse_unknown(current)
    applied = scripts.ancestors([revision for revision in current if revision not in missing])
    files = [_File(s.revision, s.doc or "", s._versioned_down_revisions) for s in scripts.walk()]
    return _listed(files, applied | (set(past.applied) if missing else set()), past, begun)


def _holed(settings: Settings, database: str, error: HistoryError) -> list[Listed]:
    """The same where Alembic cannot load the history: from the files alone, of which nothing is run."""
    past, current, begun = _database(settings, database)
    if not any(item.state == MISSING for item in past.changed):
        raise error
    read_ = read(settings)
    files = [_File(name, read_[name].message, read_[name].down) for name in oldest_first(read_)]
    return _listed(files, ancestors(read_, current) | set(past.applied), past, begun)


def _database(settings: Settings, database: str) -> tuple[History, list[str], dict[str, Begun]]:
    with connect(settings, database, read_only=True) as connection:
        begun = ledger.read_begun(connection, settings)
        return history.load(connection, settings), version.current(connection, settings), begun


def _listed(files: list[_File], applied: set[str], past: History, begun: dict[str, Begun]) -> list[Listed]:
    problems = {item.revision: item.state for item in past.changed}
    missing = [revision for revision, state in problems.items() if state == MISSING]
    found: list[Listed] = []

    def add(revision: str, message: str) -> None:
        row = past.applied.get(revision)
        line = (message.strip().splitlines() or [""])[0]
        at, problem = row.applied_at if row else None, problems.get(revision)
        is_begun = begun.get(revision)
        begun_at, is_partly = (is_begun.at, is_begun.is_partly) if is_begun else (None, False)
        found.append(Listed(revision, line, revision in applied, at, problem, begun_at, is_partly))

    for file in files:
        for revision in [name for name in missing if name in file.down]:  # it was before this one
            missing.remove(revision)
            add(revision, "")
        add(file.revision, file.message)
    for revision in missing:
        add(revision, "")
    return found
