"""migrate and showmigrations: where a database stands in the history, and moving it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from cucurbit.database import ledger
from cucurbit.database.connect import connect
from cucurbit.database.scratch import Scratch
from cucurbit.errors import ConnectionLostError, CucurbitError, HistoryError
from cucurbit.migrations.executor import Executor, Listener, Step, revision_of, route, write_sql
from cucurbit.migrations.reader import RevisionFile, read
from cucurbit.migrations.rehearsal import Rehearsal
from cucurbit.migrations.scripts import VERSIONS, Scripts
from cucurbit.project.settings import Settings


@dataclass(frozen=True)
class Planned:
    """One revision to run: its name, whether up or down, and a line for each of its operations."""

    revision: str
    is_upgrade: bool
    lines: list[tuple[str, str]]


@dataclass(frozen=True)
class Listed:
    """One revision of the history, and whether and when it was applied."""

    revision: str
    message: str
    applied: bool
    applied_at: datetime | None


def plan(settings: Settings, target: str | None = None, *, database: str = "default") -> list[Planned]:
    """What `migrate` would run. Raises HistoryError where the target cannot be reached."""
    scripts = Scripts(settings)
    with connect(settings, database, read_only=True) as connection:
        steps = Executor(scripts, connection).steps(target)
    files = read(scripts.folder / VERSIONS)
    return [_planned(step, settings, files) for step in steps]


def migrate(
    settings: Settings,
    target: str | None = None,
    *,
    database: str = "default",
    fake: bool = False,
    begin: Callable[[list[tuple[str, bool]]], None] = lambda steps: None,
    listener: Listener | None = None,
    report: Callable[[list[str]], None] = lambda identities: None,
    doubt: Callable[[list[str]], None] = lambda routines: None,
) -> int:
    """Move a database to a target and return the number of revisions that it took.

    `begin` is told the revisions first (with whether each goes up), `listener` when each begins and is done, `report`
    at the end what was set aside and put back, `doubt` which routines mention what was made anew in a body that nobody
    can look into. With `fake` they are recorded as run and not run. Raises
    MigrationError when the server refuses a statement: that revision is rolled back, those before it stay.
    """
    scripts = Scripts(settings)
    with connect(settings, database) as connection:
        executor = Executor(scripts, connection, renew=True)
        steps = executor.steps(target)
        begin([(revision_of(step), step.is_upgrade) for step in steps])
        if fake:
            executor.fake(steps, listener)
        else:
            executor.run(steps, listener)
        if aside := executor.recorder.set_aside:
            report(sorted(set(map(str, aside))))
        if unseen := executor.recorder.unseen:
            doubt(sorted(set(unseen)))
    return len(steps)


def sql(
    settings: Settings, target: str | None, output: TextIO, *, database: str = "default", fake: bool = False
) -> None:
    """Write what `migrate` would run, or with `fake` what it would record, as an SQL script.

    The way begins where the database is; `FROM:TO` names both ends, and then it is not asked. What is in the way of a
    change is learned on scratch; where there is no scratch, the script sets nothing aside.
    """
    scripts = Scripts(settings)
    start, colon, end = (target or "").partition(":")
    if colon:
        current = [] if start in ("", "zero", "base") else [scripts.get(start).revision]
        target = end or None
    else:
        with connect(settings, database, read_only=True) as connection:
            current = Executor(scripts, connection).current()
    steps = route(scripts, current, target)
    if not steps:
        raise HistoryError("there is nothing to write: no migration leads there")
    rehearsal = None if fake else _rehearse(scripts, steps, current)
    write_sql(scripts, steps, current, output, fake=fake, rehearsal=rehearsal)


def _rehearse(scripts: Scripts, steps: list[Step], current: list[str]) -> Rehearsal | None:
    """The revisions run on scratch; None where there is no scratch, or they do not run on empty tables."""

    def fill(connection: Connection) -> None:
        executor = Executor(scripts, connection)
        for revision in current:
            executor.run(executor.steps(revision))

    try:
        with (
            Scratch(scripts.settings).database(f"{scripts.digest()} at {current}", fill) as engine,
            engine.connect() as connection,
        ):
            executor = Executor(scripts, connection)
            executor.recorder.rehearsal = Rehearsal()
            executor.run(steps)
            return executor.recorder.rehearsal
    except ConnectionLostError:
        raise
    except CucurbitError:
        return None


def revisions(settings: Settings, *, database: str = "default") -> list[Listed]:
    """The whole history, the oldest first."""
    scripts = Scripts(settings)
    with connect(settings, database, read_only=True) as connection:
        applied = scripts.ancestors(Executor(scripts, connection).current())
        recorded = ledger.read_revisions(connection, settings)
    listed = []
    for script in scripts.walk():
        _, applied_at = recorded.get(script.revision, (None, None))
        message = script.doc.splitlines()[0] if script.doc else ""
        listed.append(Listed(script.revision, message, script.revision in applied, applied_at))
    return listed


def _planned(step: Step, settings: Settings, files: dict[str, RevisionFile]) -> Planned:
    file = files[revision_of(step)]
    return Planned(
        revision_of(step), step.is_upgrade, file.lines(settings.home, "upgrade" if step.is_upgrade else "downgrade")
    )
