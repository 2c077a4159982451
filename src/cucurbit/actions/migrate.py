"""migrate: moving a database along the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from cucurbit.actions.reporter import Reporter
from cucurbit.database import suspects
from cucurbit.database.connect import connect
from cucurbit.database.lock import WAIT, locked
from cucurbit.entities.identity import Identity
from cucurbit.errors import ConnectionLostError, CucurbitError, HistoryError
from cucurbit.migrations import history
from cucurbit.migrations.attempts import Attempts
from cucurbit.migrations.executor import Executor, Step, on_scratch, revision_of, route, write_sql
from cucurbit.migrations.guard import STOP, guard, touched
from cucurbit.migrations.reader import RevisionFile
from cucurbit.migrations.rehearsal import Rehearsal
from cucurbit.migrations.scripts import Scripts
from cucurbit.project.settings import Settings


@dataclass(frozen=True)
class Planned:
    """One revision to run: its name, whether up or down, and a line for each of its operations."""

    revision: str
    is_upgrade: bool
    lines: list[tuple[str, str]]


def plan(
    settings: Settings, target: str | None = None, *, database: str = "default", accept_edited: Sequence[str] = ()
) -> list[Planned]:
    """What `migrate` would run, with a line for what may have been changed by hand before.

    Raises HistoryError where the target cannot be reached, or where `migrate` would refuse the history.
    """
    scripts = history.scripts(settings, database)
    with connect(settings, database, read_only=True) as connection:
        past = history.checked(connection, settings, accept_edited)
        steps = Executor(scripts, connection).steps(target)
        files = scripts.files()
        touches = touched(steps, files, settings.home) if past.applied else {}
        found = suspects.find(connection, settings, touches) if touches else {}
    planned = []
    for step in steps:
        item = _planned(step, settings, files)
        doubtful = [i for i, s in found.items() if not s.matches and touches[i].revision == item.revision]
        item.lines.extend(("!", f"{identity} is not as it was recorded") for identity in doubtful)
        planned.append(item)
    return planned


def migrate(
    settings: Settings,
    target: str | None = None,
    *,
    database: str = "default",
    fake: bool = False,
    wait: float = WAIT,
    on_drift: str = STOP,
    accept_edited: Sequence[str] = (),
    reporter: Reporter | None = None,
) -> int:
    """Move a database to a target and return the number of revisions that it took.

    One process at a time does so: `wait` is how many seconds to wait for another one. With `fake` the revisions are
    recorded as run and not run. Raises LockedError when the time is up; HistoryError where an applied revision was
    edited (and is not among `accept_edited`), or its file is gone; DriftError, unless `on_drift` is `overwrite`, where
    somebody has changed by hand what is to be changed; MigrationError when the server refuses a statement: that
    revision is rolled back, those before it stay.
    """
    reporter = reporter or Reporter()
    scripts = history.scripts(settings, database)
    with locked(settings, database, wait=wait, say=reporter.waits) as lock, connect(settings, database) as connection:
        past = history.checked(connection, settings, accept_edited)
        attempts = Attempts(settings.migrate, lock, reporter.waits)
        executor = Executor(scripts, connection, renew=True, attempts=attempts)
        steps = executor.steps(target)
        past.accept(connection, settings)
        for item in past.accepted:
            reporter.note(f"Accepted as it is now: {item.revision}")
        if not fake:
            _guard(executor, steps, on_drift, reporter, has_ledger=bool(past.applied))
        reporter.begin([(revision_of(step), step.is_upgrade) for step in steps])
        run = executor.fake if fake else executor.run
        run(steps, reporter.revision)
        if aside := executor.recorder.set_aside:
            reporter.set_aside(sorted(set(map(str, aside))))
        if unseen := executor.recorder.unseen:
            reporter.unseen(sorted(set(unseen)))
    return len(steps)


def _guard(executor: Executor, steps: list[Step], on_drift: str, reporter: Reporter, *, has_ledger: bool) -> None:
    settings, connection = executor.scripts.settings, executor.connection
    guarded = guard(settings, connection, steps, on_drift=on_drift, has_ledger=has_ledger)
    executor.recorder.found = guarded.found
    if guarded.renewed:
        reporter.note(f"Renewed in the ledger, as the server words it otherwise now: {_few(guarded.renewed)}")
    if guarded.overwritten:
        reporter.note(f"Overwritten, as it was changed by hand: {_few(guarded.overwritten)}")


def _few(identities: Sequence[Identity]) -> str:
    more = len(identities) - 5
    return ", ".join(map(str, identities[:5])) + (f" and {more} more" if more > 0 else "")


def sql(
    settings: Settings, target: str | None, output: TextIO, *, database: str = "default", fake: bool = False
) -> None:
    """Write what `migrate` would run, or with `fake` what it would record, as an SQL script.

    The way begins where the database is; `FROM:TO` names both ends, and then it is not asked. What is in the way of a
    change is learned on scratch; where there is no scratch, the script sets nothing aside. Raises HistoryError as
    `migrate` does, where the database is asked.
    """
    scripts = history.scripts(settings, database)
    start, colon, end = (target or "").partition(":")
    if colon:
        current = [] if start in ("", "zero", "base") else [scripts.get(start).revision]
        target = end or None
    else:
        with connect(settings, database, read_only=True) as connection:
            history.checked(connection, settings)
            current = Executor(scripts, connection).current()
    steps = route(scripts, current, target)
    if not steps:
        raise HistoryError("there is nothing to write: no migration leads there")
    rehearsal = None if fake else _rehearse(scripts, steps, current)
    write_sql(scripts, steps, current, output, database=database, fake=fake, rehearsal=rehearsal)


def _rehearse(scripts: Scripts, steps: list[Step], current: list[str]) -> Rehearsal | None:
    """The revisions run on scratch; None where there is no scratch, or they do not run on empty tables."""
    try:
        with on_scratch(scripts, current) as connection:
            executor = Executor(scripts, connection)
            executor.recorder.rehearsal = Rehearsal()
            executor.run(steps)
            return executor.recorder.rehearsal
    except ConnectionLostError:
        raise
    except CucurbitError:
        return None


def _planned(step: Step, settings: Settings, files: dict[str, RevisionFile]) -> Planned:
    file = files[revision_of(step)]
    return Planned(
        revision_of(step), step.is_upgrade, file.lines(settings.home, "upgrade" if step.is_upgrade else "downgrade")
    )
