"""The proof: a draft is run on scratch, up, down and up again, before it becomes a revision."""

from __future__ import annotations

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError
from cucurbit.migrations.autogenerate import State
from cucurbit.migrations.executor import Executor
from cucurbit.migrations.refusal import place_in
from cucurbit.migrations.scripts import Scripts
from cucurbit.planning.change import compare

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNSAFE_NEW_ENUM_VALUE_USAGE = "55P04"


def prove(
    scripts: Scripts, connection: Connection, state: State | None, count: int, *, reversible: bool
) -> set[tuple[str, Identity]]:
    """Upgrade by the `count` newest revisions, nothing left; downgrade, back where it was; upgrade again.

    Returns the hash and the identity of what could not be replaced in place. Raises MigrationError, with the place in
    the user's own file where there is one.
    """
    executor = Executor(scripts, connection)
    try:
        executor.prepare()  # the ledger, and the schemas that it needs, are no part of any revision
        before = _hashes(connection)
        executor.run(executor.steps("head"))
        if state is not None:
            _nothing_left(state, connection)
        if reversible:
            executor.run(executor.steps(f"-{count}"))
            _back(before, _hashes(connection))
            executor.run(executor.steps("head"))
    except MigrationError as error:
        running = executor.recorder.running
        written = state.declared.entities.get(running.identity) if state and running else None
        error.place = place_in(error, written) if written else error.place
        raise
    return executor.recorder.refused


def too_early(error: MigrationError) -> bool:
    """Whether a statement needed what its own transaction added: an enum's new value."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == _UNSAFE_NEW_ENUM_VALUE_USAGE


def _nothing_left(state: State, connection: Connection) -> None:
    left = compare(state.declared.entities, State(state.settings, connection).recorded)
    if left:
        raise MigrationError(f"after the upgrade these would still differ: {', '.join(str(c.identity) for c in left)}")


def _back(before: dict[Identity, str], after: dict[Identity, str]) -> None:
    differing = sorted(str(i) for i in before.keys() | after.keys() if before.get(i) != after.get(i))
    if differing:
        raise MigrationError(
            f"the downgrade does not restore {', '.join(differing)}",
            hint="This is a fault of cucurbit: please report it with the definitions.",
        )


def _hashes(connection: Connection) -> dict[Identity, str]:
    hashes = {identity: found.hash for identity, found in catalog.snapshot(connection, texts=False).items()}
    connection.rollback()
    return hashes
