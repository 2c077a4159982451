"""The proof: a draft is run on scratch, up, down and up again, before it becomes a revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog, tables
from cucurbit.database.spelling import same
from cucurbit.database.statements import run
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import MigrationError
from cucurbit.migrations.autogenerate import State
from cucurbit.migrations.executor import Executor
from cucurbit.migrations.refusal import message_of, place_in
from cucurbit.migrations.scripts import Scripts
from cucurbit.planning.change import compare

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNSAFE_NEW_ENUM_VALUE_USAGE = "55P04"


@dataclass(frozen=True)
class Proof:
    """What came out: the entities (by hash and identity) that could not be replaced in place, and parts of tables that
    the downgrade, as Alembic writes it, does not bring back; `doubts` are what the server says of bodies.
    """

    refused: set[tuple[str, Identity]]
    not_restored: list[str]
    doubts: list[str]


def prove(
    scripts: Scripts,
    connection: Connection,
    state: State | None,
    count: int,
    *,
    changed: Sequence[Entity],
    reversible: bool,
) -> Proof:
    """Upgrade by the `count` newest revisions, nothing left; downgrade, back where it was; upgrade again.

    `changed` are the entities that they create or replace. Raises MigrationError, with the place in the user's own
    file where there is one.
    """
    executor = Executor(scripts, connection)
    try:
        executor.prepare()  # the ledger, and the schemas that it needs, are no part of any revision
        entities_before, tables_before = _present(connection)
        not_restored: list[str] = []
        executor.run(executor.steps("head"))
        doubts = _doubts(connection, changed)
        if state is not None:
            _nothing_left(state, connection)
        if reversible:
            executor.run(executor.steps(f"-{count}"))
            entities, tables_after = _present(connection)
            _back(connection, entities_before, entities)
            not_restored = _differing(tables_before, tables_after)
            executor.run(executor.steps("head"))
    except MigrationError as error:
        running = executor.recorder.running
        written = state.declared.entities.get(running.identity) if state and running else None
        error.place = place_in(error, written) if written else error.place
        raise
    return Proof(executor.recorder.refused, not_restored, doubts)


def too_early(error: MigrationError) -> bool:
    """Whether a statement needed what its own transaction added: an enum's new value."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == _UNSAFE_NEW_ENUM_VALUE_USAGE


def _doubts(connection: Connection, changed: Sequence[Entity]) -> list[str]:
    """What the server has against bodies of functions, unchecked by migrations, as they may need each other."""
    found = []
    for entity in changed:
        savepoint = connection.begin_nested()
        try:
            run(connection, "SET LOCAL check_function_bodies = on")
            for statement in entity.replace_statements(entity) or ():
                run(connection, statement)
        except DBAPIError as error:
            found.append(f"{entity}: {message_of(error)}")
        finally:
            savepoint.rollback()
    connection.rollback()
    return found


def _nothing_left(state: State, connection: Connection) -> None:
    left = compare(state.declared.entities, State(state.settings, connection).recorded)
    if left:
        raise MigrationError(f"after the upgrade these would still differ: {', '.join(str(c.identity) for c in left)}")


def _back(connection: Connection, before: dict[Identity, str], after: dict[Identity, str]) -> None:
    shared = before.keys() & after.keys()
    alike = {identity for identity in shared if same(connection, before[identity], after[identity])}
    differing = sorted(str(identity) for identity in (before.keys() | after.keys()) - alike)
    connection.rollback()
    if differing:
        raise MigrationError(
            f"the downgrade does not restore {', '.join(differing)}",
            hint="This is a fault of cucurbit: please report it with the definitions.",
        )


def _differing(before: Mapping[Any, object], after: Mapping[Any, object]) -> list[str]:
    return sorted(str(name) for name in before.keys() | after.keys() if before.get(name) != after.get(name))


def _present(connection: Connection) -> tuple[dict[Identity, str], dict[str, set[str]]]:
    """What the database is now: its entities by definition, its tables by parts."""
    entities = {identity: found.sql or "" for identity, found in catalog.snapshot(connection).items()}
    found = tables.parts(connection)
    connection.rollback()
    return entities, found
