"""The models' own truth: what a server says of nothing but the declarations, tables and entities.

Everything is made in an empty database, in a transaction that is taken back, and what the catalogs say of it is kept
under a digest of the statements; so it costs something only when the declarations have changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog, tables
from cucurbit.database.scratch import Scratch
from cucurbit.database.statements import run
from cucurbit.database.tables import Key, Parts
from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError
from cucurbit.migrations.ddl import ModelDDL, TableDDL, model_ddl
from cucurbit.migrations.refusal import explain, place_in
from cucurbit.migrations.steps import TABLES, entity_step
from cucurbit.planning.change import Change
from cucurbit.planning.order import Step, Thing, order, things
from cucurbit.project.declared import Declared
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import parse
from cucurbit.sql.references import references

_FORMAT = 2  # of what is kept

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_UNDEFINED_COLUMN = "42703"
_NOT_THERE = ("42P01", "42704", "42883")  # a table, a type, a function

Names = set[tuple[str, str]]


@dataclass(frozen=True)
class Truth:
    """Parts of tables, and the definitions of entities by their identities' text.

    What needs something that only a migration makes (`op.execute("create domain …")`) is in neither.
    """

    parts: Parts
    entities: dict[str, str]
    model: ModelDDL

    @property
    def kinds(self) -> set[str]:
        """The kinds of the entities."""
        return {kind for kind in all_kinds() if any(name.startswith(f"{kind} ") for name in self.entities)}

    @property
    def tables(self) -> Names:
        """Schema and name of the tables that could be made."""
        return {key.relation for key in self.parts if key.sort == tables.TABLE}


@dataclass(eq=False)
class _Work:
    """Statements that are run together, for an entity or for a table."""

    statements: list[str]
    entity: Entity | None = None
    key: Key | None = None
    error: DBAPIError | None = field(default=None)


def find(scratch: Scratch, connection: Connection, declared: Declared, gone: Callable[[], Names]) -> Truth:
    """The truth of what is declared; `connection` is one to the same server, `gone` tables that no model has any more
    (asked for only where something does not fit).

    Raises MigrationError, with the place, for an entity that needs a column or a table that no model has (any more).
    """
    model = model_ddl(declared.metadata, connection, declared.home)
    sql = [entity.sql for entity in declared.entities.values()]
    digest = hashlib.sha256("\0".join([str(_FORMAT), model.text, *sql]).encode()).hexdigest()
    text = scratch.remembered(digest, lambda empty: json.dumps(_found(empty, model, declared, gone)))
    found = json.loads(text)
    return Truth(tables.loaded(found["parts"]), found["entities"], model)


def _found(connection: Connection, model: ModelDDL, declared: Declared, gone: Callable[[], Names]) -> dict[str, object]:
    for schema in _schemas(declared):
        run(connection, f"CREATE SCHEMA IF NOT EXISTS {quote(schema)}")
    left = _run(connection, _in_order(model, declared, connection))
    for work in left:
        if work.entity is not None and work.error is not None:
            _refuse_misfit(work.entity, work.error, gone(), declared.home)
    failed = {work.key for work in left}
    _run(connection, [_Work([sql]) for table in model.tables if table.key not in failed for sql in table.last])
    wanted = {table.key.relation for table in model.tables} | {key.relation for key in model.sequences}
    parts = {
        key: part for key, part in tables.read(connection).items() if key.relation in wanted or _owner(part) in wanted
    }
    entities = {
        str(identity): definition.sql
        for identity, definition in catalog.snapshot(connection, {i.kind for i in declared.entities}).items()
        if (entity := declared.entities.get(identity)) and not (entity.is_out_of_reach or entity.is_said)
    }
    return {"parts": tables.dumped(parts), "entities": entities}


def _schemas(declared: Declared) -> list[str]:
    """Those of the models and of what is beside them, unless they are declared; a history may have made them."""
    of_models = {schema for schema, _ in declared.tables}
    return sorted(
        {declared.home, *of_models} - {i.name for i in declared.identities if i.schema is None} | {declared.home}
    )


def _owner(part: tables.Part) -> tuple[str, str] | None:
    owner = part["owner"]
    return (owner[0], owner[1]) if owner else None


def _refuse_misfit(entity: Entity, error: DBAPIError, gone: Names, home: str) -> None:
    """Raise MigrationError where it is the models that lack something; a hand-written revision may make the rest."""
    state = getattr(error.orig, "sqlstate", None)
    referred = entity.references.relations | entity.references.types
    lost = sorted({(schema or home, name) for schema, name in referred} & gone)
    if state != _UNDEFINED_COLUMN and not (state in _NOT_THERE and lost):
        return
    refusal = explain(error, None)
    refusal.__cause__ = error
    missing = f"no model has the table {qualify(lost[0])} any more" if lost else "it does not fit the models"
    raise MigrationError(
        f"{entity} cannot be made: {missing}: {refusal.message}",
        hint=f"Change it along with the models, or remove it.\n{refusal.hint or ''}".rstrip(),
        place=place_in(refusal, entity),
    ) from error


# -- making it --------------------------------------------------------------------------------------------------------


def _run(connection: Connection, waiting: Iterable[_Work]) -> list[_Work]:
    """Do all the work; what fails is tried again as long as anything succeeds. Returns what cannot be done."""
    waiting, before = list(waiting), -1
    while waiting and len(waiting) != before:
        before = len(waiting)
        waiting = [work for work in waiting if not _done(connection, work)]
    return waiting


def _done(connection: Connection, work: _Work) -> bool:
    try:
        with connection.begin_nested():
            for statement in work.statements:
                run(connection, statement)
    except DBAPIError as error:
        work.error = error
        return False
    return True


def _in_order(model: ModelDDL, declared: Declared, connection: Connection) -> list[_Work]:
    home = declared.home
    steps = [_sequence_step(key, sql) for key, sql in model.sequences.items()]
    for table in model.tables:
        steps.append(_table_step(table, connection, home))
        own = _own(table.key)
        steps += [
            Step(_Work([sql], key=table.key), sql, TABLES + 1, needs=_needs(sql, home) | own) for sql in table.indexes
        ]
    for entity in declared.entities.values():
        step = entity_step(Change(entity, None), home)
        made = entity.scratch_statements() if entity.is_out_of_reach else entity.bare_statements()
        step.payload = _Work(made, entity)
        steps.append(step)
    return [step.payload for step in order(steps)]


def _sequence_step(key: Key, sql: str) -> Step:
    thing = Thing("relation", *key.relation)
    schema = frozenset({Thing("schema", "", key.schema)})
    return Step(_Work([sql], key=key), str(key), TABLES - 1, makes=frozenset({thing}), needs=schema)


def _table_step(table: TableDDL, connection: Connection, home: str) -> Step:
    own = _own(table.key)

    def part(sql: str, later: Sequence[str], split: Callable[[], Sequence[Step] | None] = lambda: None) -> list[Step]:
        first = _Work([sql], key=table.key)
        made = Step(first, str(table.key), TABLES, makes=own, needs=_needs(sql, home) - own, split=split)
        rest = [Step(_Work([s], key=table.key), s, TABLES + 1, alters=own, needs=_needs(s, home) | own) for s in later]
        return [made, *rest]

    def split() -> Sequence[Step] | None:
        bare, later = table.in_two(connection.dialect)
        return part(bare, later) if later else None

    return part(table.create, [], split)[0]


def _own(key: Key) -> frozenset[Thing]:
    return frozenset({Thing("relation", *key.relation), Thing("type", *key.relation)})


def _needs(sql: str, home: str) -> frozenset[Thing]:
    return things(references(parse(sql)), home)
