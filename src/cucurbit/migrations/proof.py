"""The proof: a draft is run on scratch, up, down and up again, before it becomes a revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog, ledger, tables
from cucurbit.database.facts import everything
from cucurbit.database.feedback import alike
from cucurbit.database.spelling import same
from cucurbit.database.statements import attempt, run, try_all
from cucurbit.database.tables import Parts
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError
from cucurbit.migrations.autogenerate import State
from cucurbit.migrations.executor import Executor
from cucurbit.migrations.refusal import message_of, place_in, what_to_declare
from cucurbit.migrations.scripts import Scripts
from cucurbit.planning.change import compare
from cucurbit.project.settings import Settings

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNSAFE_NEW_ENUM_VALUE_USAGE = "55P04"


@dataclass(frozen=True)
class Proof:
    """What came out: the entities (by hash and identity) that could not be replaced in place, what the downgrade does
    not bring back (parts of tables, rights, comments), and `doubts`, what the server says of bodies.
    """

    refused: set[tuple[str, Identity]]
    not_restored: list[str]
    doubts: list[str]


@dataclass(frozen=True)
class Present:
    """A database at one moment, by names: definitions, parts of tables, and what objects have beside those.

    What is said of objects is among their facts. It is among the entities as well where it is recorded as one.
    """

    entities: dict[Identity, str]
    tables: Parts
    facts: dict[str, set[tuple[str | None, str]]]


def prove(
    scripts: Scripts,
    connection: Connection,
    state: State | None,
    revisions: Sequence[str],
    *,
    changed: Sequence[Entity],
    reversible: bool,
) -> Proof:
    """Upgrade by `revisions`, the newest, nothing left; downgrade, back where it was; upgrade again.

    `changed` are the entities that they create or replace. Raises MigrationError, with the place in the user's own
    file where there is one.
    """
    executor = Executor(scripts, connection, gathers=True)
    try:
        executor.prepare()  # the ledger, and the schemas that it needs, are no part of any revision
        kinds = {entity.kind for entity in changed}
        before, not_restored = _present(connection, scripts.settings, kinds), []
        executor.run(executor.steps("heads"))
        doubts = _doubts(connection, changed)
        if state is not None:
            _nothing_left(state, connection)
            _nothing_without_effect(state, connection, changed)
        if reversible:
            executor.run(executor.back(revisions))
            not_restored = _back(connection, before, _present(connection, scripts.settings, kinds))
            executor.run(executor.steps("heads"))
    except MigrationError as error:
        failing = executor.recorder.failing
        written = state.declared.entities.get(failing) if state and failing else None
        if written and isinstance(error.__cause__, DBAPIError):
            error.place = place_in(error, written)
            error.hint = "\n".join(filter(None, [what_to_declare(error, written), error.hint]))
        raise
    return Proof(executor.recorder.refused, not_restored, doubts)


def too_early(error: MigrationError) -> bool:
    """Whether a statement needed what its own transaction added: an enum's new value."""
    return getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) == _UNSAFE_NEW_ENUM_VALUE_USAGE


def _doubts(connection: Connection, changed: Sequence[Entity]) -> list[str]:
    """What the server has against bodies of functions, unchecked by migrations, as they may need each other."""
    changed = [entity for entity in changed if "routine" in entity.provides]
    ways = [entity.replace_statements(entity) or [] for entity in changed]
    if not any(ways):
        return []
    savepoint = connection.begin_nested()
    try:
        run(connection, "SET LOCAL check_function_bodies = on")
        if try_all(connection, [statement for way in ways for statement in way]):
            return []
        outcomes = attempt(connection, ways)
        doubtful = [(e, way) for e, way, refusal in zip(changed, ways, outcomes, strict=False) if refusal is not None]
        return [f"{entity}: {_said_against(connection, way)}" for entity, way in doubtful]
    finally:
        savepoint.rollback()
        connection.rollback()


def _said_against(connection: Connection, statements: Sequence[str]) -> str:
    savepoint = connection.begin_nested()
    try:
        for statement in statements:
            run(connection, statement)
    except DBAPIError as error:
        return message_of(error)
    finally:
        savepoint.rollback()
    return "the server refuses its body"


def _nothing_left(state: State, connection: Connection) -> None:
    left = compare(state.declared.entities, State(state.settings, connection).recorded)
    if left:
        raise MigrationError(f"after the upgrade these would still differ: {', '.join(str(c.identity) for c in left)}")


def _nothing_without_effect(state: State, connection: Connection, changed: Sequence[Entity]) -> None:
    """Raise MigrationError for what the server took and has nothing of: a right of the owner, who has all of them."""
    said = [entity for entity in changed if not (entity.is_object or entity.is_out_of_reach)]
    present = catalog.snapshot(connection, {entity.kind for entity in said}, texts=False)
    connection.rollback()
    for entity in said:
        if entity.identity not in present:
            raise MigrationError(
                f"{entity} has no effect: the server has nothing of it after the upgrade",
                hint="It may be so without the statement, or belong to an extension, or be called otherwise.",
                place=state.declared.entities.get(entity.identity, entity).origin,
            )


def _back(connection: Connection, before: Present, after: Present) -> list[str]:
    """What the downgrade does not restore; MigrationError for an entity that is not what it was."""
    shared = before.entities.keys() & after.entities.keys()
    alike = {identity for identity in shared if same(connection, before.entities[identity], after.entities[identity])}
    differing = sorted(str(identity) for identity in (before.entities.keys() | after.entities.keys()) - alike)
    connection.rollback()
    if differing:
        raise MigrationError(
            f"the downgrade does not restore {', '.join(differing)}",
            hint="This is a fault of cucurbit: please report it with the definitions.",
        )
    parts = _not_restored(connection, before.tables, after.tables)
    lost = {name for name in before.facts.keys() & after.facts.keys() if before.facts[name] != after.facts[name]}
    return parts + sorted(f"{fact} of {name}" for name in lost for fact in _told(before, after, name))


def _not_restored(connection: Connection, before: Parts, after: Parts) -> list[str]:
    shared = before.keys() & after.keys()
    restored = {key for key in shared if alike(connection, after[key], before[key])}
    connection.rollback()
    return sorted(str(key) for key in (before.keys() | after.keys()) - restored)


def _told(before: Present, after: Present, name: str) -> list[str]:
    differing = before.facts[name] - after.facts[name] or after.facts[name] - before.facts[name]
    return [f"{fact} on column {column}" if column else fact for column, fact in differing]


def _present(connection: Connection, settings: Settings, kinds: set[str]) -> Present:
    """What the database is now: its entities by definition, its tables by parts, and what they have beside.

    Of kinds that the ledger knows, or that are among these: to ask for all would take longer than all the rest.
    """
    recorded = ledger.read(connection, settings)
    shared = {kind.kind for kind in all_kinds().values() if kind.is_shared}  # others may use the server meanwhile
    entities = {
        identity: found.sql or ""
        for identity, found in catalog.snapshot(connection, ({i.kind for i in recorded} | kinds) - shared).items()
        if identity in recorded or not all_kinds()[identity.kind].is_said
    }
    found = Present(entities, tables.read(connection), everything(connection))
    connection.rollback()
    return found
