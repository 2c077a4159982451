"""Running revisions on a connection, one transaction each, with their ledger rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TextIO

import alembic.context
import alembic.op
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script.revision import RevisionError
from alembic.util import CommandError
from sqlalchemy import Connection

from cucurbit.database import ledger
from cucurbit.database.lock import Lock
from cucurbit.database.scratch import Scratch
from cucurbit.errors import HistoryError
from cucurbit.migrations.account import Account
from cucurbit.migrations.attempts import Attempts
from cucurbit.migrations.autocommit import watch
from cucurbit.migrations.operations import RECORDER
from cucurbit.migrations.recorder import Recorder
from cucurbit.migrations.refusal import translated
from cucurbit.migrations.rehearsal import Rehearsal
from cucurbit.migrations.script import Script
from cucurbit.migrations.scripts import Scripts
from cucurbit.project.settings import Settings

BASE = ("zero", "base")

# "named": with the driver's own parameter style every % in a default would be doubled.
OFFLINE: dict[str, Any] = {"dialect_name": "postgresql", "dialect_opts": {"paramstyle": "named"}}

Step = RevisionStep
"""One revision to be applied or taken back."""

Listener = Callable[[str, bool, bool], None]
"""Called with a revision, whether it goes up, and whether it is done (else it begins)."""


def context_options(settings: Settings, recorder: Recorder, lock: Lock | None = None) -> dict[str, Any]:
    """The options of `context.configure()` that a run of migrations needs; the lock is to be held to the end."""

    def check(**about: Any) -> None:
        if lock is not None:
            lock.check()

    return {
        RECORDER: recorder,
        "on_version_apply": [recorder.on_version_apply, check],
        "transaction_per_migration": True,
        "transactional_ddl": True,
        **version_table(settings),
    }


def version_table(settings: Settings) -> dict[str, Any]:
    """The options of `context.configure()` that name Alembic's table."""
    schema, name = settings.version_table_name
    return {"version_table": name, "version_table_schema": None if schema == settings.home else schema}


class Executor:
    """Moves one database along one history.

    With `attempts` a revision that meets the lock of somebody else is tried again; without, and on scratch, it fails.
    """

    def __init__(
        self,
        scripts: Scripts,
        connection: Connection,
        *,
        renew: bool = False,
        gathers: bool = False,
        attempts: Attempts | None = None,
    ) -> None:
        self.scripts = scripts
        self.connection = connection
        self._attempts = attempts
        self.recorder = Recorder(scripts.settings, renew=renew, gathers=gathers)

    def current(self) -> list[str]:
        """The revisions that the database is at: none at the beginning, several between two branches.

        Raises HistoryError for one that has no file.
        """
        context = MigrationContext.configure(self.connection, opts=version_table(self.scripts.settings))
        heads = sorted(context.get_current_heads())
        self.connection.rollback()
        self.scripts.refuse_unknown(heads)
        return heads

    def steps(self, target: str | None) -> list[RevisionStep]:
        """The way from where the database is to a target; see `route`.

        A revision that was begun to be taken back is taken back first: where the target is above it, it is then
        applied again.
        """
        current = self.current()
        begun = set(ledger.read_begun(self.connection, self.scripts.settings)) & set(current)
        self.connection.rollback()
        steps = route(self.scripts, current, target)
        for revision in sorted(begun - {revision_of(step) for step in steps if not step.is_upgrade}):
            back, current = self.scripts.step_back(revision, current)
            steps = [back, *route(self.scripts, current, target)]
        return steps

    def back(self, revisions: Sequence[str]) -> list[RevisionStep]:
        """The way back of revisions that are the newest ones of their branch, given the oldest first."""
        current, steps = self.current(), []
        for revision in reversed(revisions):
            step, current = self.scripts.step_back(revision, current)
            steps.append(step)
        return steps

    def run(self, steps: list[RevisionStep], listener: Listener | None = None) -> None:
        """Run the steps. Raises MigrationError for a statement that the server refuses; its revision is rolled back.

        Raises ConnectionLostError, with what is applied and what is not, for a connection that breaks.
        """
        if not steps:
            return
        account = Account(self.connection, self.recorder.has_begun)
        with account.told():
            with translated(lambda: None):
                self.prepare()
            for step in steps:
                revision = revision_of(step)
                account.begin(revision, step.is_upgrade)
                if listener:
                    listener(revision, step.is_upgrade, False)
                with translated(partial(revision_of, step)):
                    self._run(step)
                account.end()
                if listener:
                    listener(revision, step.is_upgrade, True)

    def _run(self, step: RevisionStep) -> None:
        attempt = partial(self._attempt, step)
        if self._attempts is None:
            attempt()
            return
        recorder = self.recorder
        self._attempts.run(
            self.connection,
            revision_of(step),
            attempt,
            forget=recorder.way_back(),
            is_asking=lambda: recorder.is_speaking,
        )

    def _attempt(self, step: RevisionStep) -> None:
        """Run one revision, in a transaction of its own.

        A run of Alembic's for each, so that a revision which failed can be run again while those before it stay.
        """
        with (
            _inside_of_others(),
            EnvironmentContext(
                self.scripts.config, self.scripts.directory, fn=lambda rev, context: [step]
            ) as environment,
        ):
            lock = self._attempts.lock if self._attempts else None
            options = context_options(self.scripts.settings, self.recorder, lock)
            environment.configure(connection=self.connection, **options)
            watch(environment.get_context(), self.recorder)
            with environment.begin_transaction():
                environment.run_migrations()

    def prepare(self) -> None:
        """Make the ledger where it is missing."""
        self.recorder.prepare(self.connection)
        self.connection.commit()

    def fake(self, steps: list[RevisionStep], listener: Listener | None = None) -> None:
        """Record the steps as run: ledger rows and Alembic's version, read from the files, and nothing else."""
        self.run(_faked(steps, self.scripts, self.recorder), listener)

    def fake_together(self, steps: list[RevisionStep]) -> None:
        """The same in one transaction, with the ledger if it is missing: all of it is recorded, or nothing is there."""
        with translated(lambda: None), self.connection.begin():
            self.recorder.prepare(self.connection)
            for step in _faked(steps, self.scripts, self.recorder):
                self._attempt(step)


@contextmanager
def _inside_of_others() -> Iterator[None]:
    """A run of Alembic's within another one, which has its `context` and `op` back at the end.

    The guard asks a scratch database in the middle of `alembic upgrade`; Alembic itself knows of one run at a time.
    """
    around = [proxy for module in (alembic.context, alembic.op) if (proxy := getattr(module, "_proxy", None))]
    try:
        yield
    finally:
        for proxy in around:
            proxy._install_proxy()


@contextmanager
def on_scratch(scripts: Scripts, revisions: Sequence[str]) -> Iterator[Connection]:
    """A connection to a scratch database that is at these revisions. Raises CucurbitError where it cannot be."""

    def fill(connection: Connection) -> None:
        executor = Executor(scripts, connection)
        for revision in revisions or ["base"]:
            executor.run(executor.steps(revision))

    digests = scripts.digests(revisions)
    with Scratch(scripts.settings).database(digests, fill) as engine, engine.connect() as connection:
        yield connection


def route(scripts: Scripts, current: list[str], target: str | None) -> list[RevisionStep]:
    """The way to a target: None or `head`, `heads`, `zero` or `base`, `+1`, `-1`, a revision or its beginning.

    Of a branch with a label: `shop@head`, `shop@base`, `shop@+1`, `shop@-1`.

    A revision that is applied is the one to go back to. Raises HistoryError where there is no way.
    """
    at: Any = tuple(current)  # Alembic's hints say text, its own commands pass a tuple
    up, down = scripts.directory._upgrade_revs, scripts.directory._downgrade_revs
    try:
        if target is None or target == "head":
            return list(up("heads", at)) if scripts.ends() else []
        if target in BASE:
            return list(down("base", at)) if current else []
        if target == "heads" or target.startswith("+"):
            return list(up(target, at))
        if target.startswith("-"):
            return list(down(target, at))
        if "@" in target and not target.endswith(("@head", "@heads")):  # a branch, and how far along it
            return list(down(target, at) if target.endswith("@base") or "@-" in target else up(target, at))
        revision = scripts.get(target).revision
        back = revision in scripts.ancestors(current)
        return list(down(revision, at) if back else up(revision, at))
    except (CommandError, RevisionError) as error:
        raise HistoryError(str(error.args[0]), hint=f"The database is at: {', '.join(at) or 'base'}") from None


def write_sql(
    scripts: Scripts,
    steps: list[RevisionStep],
    current: list[str],
    output: TextIO,
    *,
    database: str = "default",
    fake: bool = False,
    rehearsal: Rehearsal | None = None,
) -> None:
    """What `run`, or `fake`, would send, as a script for psql; `rehearsal` knows what was in the way."""
    settings = scripts.settings
    recorder = Recorder(settings)
    if rehearsal:
        recorder.follow(rehearsal)
    if fake:
        steps = _faked(steps, scripts, recorder)
    buffer = Script(settings, database)
    buffer.begin()
    with EnvironmentContext(
        scripts.config,
        scripts.directory,
        fn=lambda rev, context: steps,
        as_sql=True,
        starting_rev=",".join(current) or None,
        destination_rev="head",
    ) as environment:
        environment.configure(output_buffer=buffer, **OFFLINE, **context_options(settings, recorder))
        watch(environment.get_context(), recorder)
        with environment.begin_transaction():
            environment.run_migrations()
    output.write(buffer.getvalue())


def revision_of(step: RevisionStep) -> str:
    """The name of the revision that a step applies or takes back."""
    return str(step.info.up_revision_id)


def _faked(steps: list[RevisionStep], scripts: Scripts, recorder: Recorder) -> list[RevisionStep]:
    """The steps with nothing in them but the ledger rows of their files."""
    files = scripts.files()
    recorder.is_fake = True

    def noting(step: RevisionStep) -> Callable[..., None]:
        function = "upgrade" if step.is_upgrade else "downgrade"
        return lambda **kw: recorder.note(files[revision_of(step)].changes(scripts.settings.home, function))

    for step in steps:
        step.migration_fn = noting(step)
    return steps
