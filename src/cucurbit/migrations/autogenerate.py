"""The comparator of entities: behind Alembic's own, it adds their changes and puts everything in one order.

https://alembic.sqlalchemy.org/en/latest/api/plugins.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set
from copy import copy
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from alembic.autogenerate.api import AutogenContext
from alembic.operations import MigrateOperation, ops
from alembic.util import PriorityDispatchResult
from sqlalchemy import Computed, Connection, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.sql.elements import TextClause
from sqlalchemy.types import NullType, TypeDecorator

from cucurbit.database import ledger
from cucurbit.database.scratch import Scratch
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.migrations import (
    hooks,
    locations,
    reader,
    render,  # noqa: F401 - registers the renderers, which plugin.setup() is too early for
)
from cucurbit.migrations.adoption import adopted
from cucurbit.migrations.hooks import Hooks
from cucurbit.migrations.idle import without_idle
from cucurbit.migrations.reflection import put_right
from cucurbit.migrations.residue import Residue
from cucurbit.migrations.steps import arrange
from cucurbit.migrations.touched import Draft, dropped_indexes
from cucurbit.migrations.truth import Truth, find
from cucurbit.planning.again import said_again
from cucurbit.planning.change import Change, compare
from cucurbit.project.apps import collect
from cucurbit.project.declared import Declared
from cucurbit.project.enums import native_enum
from cucurbit.project.settings import Settings
from cucurbit.project.tables import is_table
from cucurbit.sql.names import literal

STATE = "cucurbit_autogenerate"

_NULLS = "postgresql_nulls_not_distinct"

_WORD = re.compile(r"\w")
_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")  # as sqlalchemy.text() finds them


class State:
    """What the comparator compares: the declared side, read with the ledger's help, and the recorded side.

    `restate` adds replacements of entities by themselves, for a merge: where two branches changed one entity, what it
    is depends on the order in which they ran. `renames` come first of all; they are made in the database, and in what
    is recorded, before the two are compared. `truth`, once `find_truth` was called, is what the models would be, and
    `last` the comparison of the history with it. `given` are hooks of Alembic's, beside those of the settings.
    """

    def __init__(self, settings: Settings, connection: Connection, given: Hooks = MappingProxyType({})) -> None:
        self.settings = settings
        self.recorded = {key: row.entity for key, row in ledger.read(connection, settings).items()}
        self.declared: Declared = collect(settings, {entity.sql: entity for entity in self.recorded.values()})
        self.hooks = (hooks.of_settings(settings), given)
        self.restate: set[Any] = set()
        self.renames: list[ops.MigrateOperation] = []
        self.truth: Truth | None = None
        self.last: Residue | None = None

    @cached_property
    def history(self) -> Mapping[str, reader.RevisionFile]:
        """The revision files, read."""
        return locations.read(self.settings)

    @cached_property
    def _sentences(self) -> Set[str]:
        return reader.sentences(self.history)

    @property
    def recorded_relations(self) -> set[tuple[str, str]]:
        """Schema and name of what is in the database as an entity, and in one namespace with tables and indexes."""
        return _relations(self.recorded)

    @property
    def relations(self) -> set[tuple[str, str]]:
        """Those, and what is declared."""
        return _relations(self.recorded) | _relations(self.declared.entities)

    @cached_property
    def tables(self) -> set[tuple[str, str]]:
        """Schema and name of the tables that a model has, or the history has made: others are left alone."""
        return set(self.declared.tables) | reader.tables(self.history, self.settings.home)

    def find_truth(self, scratch: Scratch, connection: Connection) -> None:
        """Ask the server of the connection what the declarations would be by themselves.

        Raises MigrationError for an entity that does not fit the models.
        """
        home = self.settings.home
        present = {(i.schema or home, i.name) for i in self.declared.identities} | set(self.declared.tables)
        self.truth = find(scratch, connection, self.declared, lambda: reader.tables(self.history, home) - present)

    def residue(self, connection: Connection) -> Residue | None:
        """What a database at the end of the history has to do with the truth; None where that was not asked for."""
        if self.truth is None:
            return None
        return Residue(
            connection,
            self.truth,
            self.settings.home,
            lambda words: f"+ Create {words}" in self._sentences,
            self.relations,
            {i.names for i in self.recorded.keys() | self.declared.identities if i.on == "on constraint"},
            self.tables,
        )

    def changes(self) -> list[Change]:
        """What is to be done about entities."""
        changes = compare(self.declared.entities, self.recorded)
        known = {change.identity for change in changes}
        touched = {change.entity.restates for change in changes if change.new is None or change.old is None}
        restated = {identity for identity in self.restate | touched if identity is not None}
        again: list[Entity] = [
            self.declared.entities[i] for i in sorted(restated - known, key=str) if i in self.declared.entities
        ]
        changes += [Change(entity, self.recorded.get(entity.identity, entity)) for entity in again]
        return said_again(changes, self.declared.entities, self.recorded, self.settings.home)


def _relations(entities: Mapping[Identity, Entity]) -> set[tuple[str, str]]:
    return {(i.names[0], i.name) for i, entity in entities.items() if "relation" in entity.provides}


def write_plainly(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Alembic's comparator, before all others: it compares and writes expressions, and in the driver's own parameter
    style each % in them would be two. And it sees tables only: a view that SQLAlchemy knows is in the metadata, too.
    """
    if context.opts.get(STATE) is not None:
        vars(context)["sorted_tables"] = [table for table in context.sorted_tables if is_table(table)]
        dialect: Any = postgresql.dialect
        context.migration_context.impl.dialect = dialect(paramstyle="named")
        if context.connection is not None:
            put_right(context.migration_context.impl, context.connection)
    return PriorityDispatchResult.CONTINUE


def compare_entities(context: AutogenContext, upgrade_ops: ops.UpgradeOps) -> PriorityDispatchResult:
    """Alembic's comparator: `upgrade_ops` gets entity operations, and one order for all."""
    state: State | None = context.opts.get(STATE)
    if state is not None:
        operations = _with_residue(context, state, upgrade_ops.ops)
        entities = list(state.declared.entities.values())
        arranged = arrange(operations, _changes(context, state, operations), state.settings.home, entities)
        upgrade_ops.ops[:] = [*state.renames, *arranged]
    return PriorityDispatchResult.CONTINUE


def _changes(context: AutogenContext, state: State, operations: Sequence[MigrateOperation]) -> list[Change]:
    """What is to be done about entities; what the history has made in words of its own is taken over."""
    changes = state.changes()
    if context.connection is None or (state.truth is None and all(file.is_clear for file in state.history.values())):
        return changes  # what the configured database has beyond that, somebody has made there by hand
    truth = state.truth.entities if state.truth else {}
    going = dropped_indexes(operations, state.settings.home)
    return adopted(context.connection, changes, truth, state.history, going)


def _with_residue(
    context: AutogenContext, state: State, operations: Sequence[MigrateOperation]
) -> list[MigrateOperation]:
    """The operations but for those that change nothing, behind what Alembic did not see and does not touch.

    That comes first: columns that are dropped take things along.
    """
    if context.connection is None or (residue := state.residue(context.connection)) is None:
        return list(operations)
    state.last = residue
    needed = without_idle(operations, residue, state.settings.home)
    draft = Draft(needed, state.settings.home)
    beside = [found.operation for found in residue.differences if found.operation and draft.leaves(found)]
    return [*beside, *needed]


def options(state: State) -> dict[str, Any]:
    """The options of `context.configure()` that autogenerate is to run with."""
    own = {
        "target_metadata": state.declared.metadata or [_no_tables()],
        "compare_type": _compare_type,
        "compare_server_default": True,
        "include_schemas": True,
        "include_name": _include_name(state),
        "include_object": _include_object(state),
        "render_item": _render_item,
        "autogenerate_plugins": ["alembic.autogenerate.*", "cucurbit"],
        STATE: state,
    }
    return hooks.chained(own, state.hooks)


def _compare_type(context: Any, column: Any, declared: Any, present: Any, wanted: Any) -> bool | None:
    """Alembic's hook, for an enum in whose name Alembic finds no word and then fails; None: it may see for itself."""
    name = getattr(native_enum(wanted), "name", None)
    return None if name is None or _WORD.search(name) else bool(getattr(present, "name", None) != name)


def _no_tables() -> Any:
    from sqlalchemy import MetaData

    return MetaData()


def _include_name(state: State) -> Callable[..., bool]:
    """Leave out schemas that are not the project's, and tables that no model has and no migration has made.

    Indexes that are entities are left out as well: to Alembic they are not there.
    """
    home = state.settings.home
    schemas = {schema for schema, _ in state.declared.tables}
    schemas |= {identity.name for identity in {*state.recorded, *state.declared.identities} if identity.schema is None}
    entities = cache(lambda: state.recorded_relations)

    def include_name(name: str | None, type_: str, parents: dict[str, Any]) -> bool:
        if type_ == "schema":
            return name is None or (name in schemas and name != home)
        if type_ == "table":
            return (parents.get("schema_name") or home, name or "") in state.tables
        if type_ == "index":
            return (parents.get("schema_name") or home, name or "") not in entities()
        return True

    return include_name


def _include_object(state: State) -> Callable[..., bool]:
    """Alembic's hook, which sees what was read from the database before it is compared. Everything is, but for foreign
    keys to tables that are left alone: no model can have one.
    """

    def include_object(item: Any, name: str | None, type_: str, reflected: bool, compare_to: Any) -> bool:
        if reflected:
            _forget_nulls_distinct(item)
        if type_ == "foreign_key_constraint" and reflected:
            schema, table, _ = item.elements[0]._column_tokens
            return (schema or state.settings.home, table) in state.tables
        return True

    return include_object


def _forget_nulls_distinct(item: Any) -> None:
    """What every unique constraint is read with, and a downgrade would write: PostgreSQL 14 does not know the words."""
    for constraint in getattr(item, "constraints", [item]):
        if isinstance(constraint, UniqueConstraint) and constraint.dialect_kwargs.get(_NULLS) is False:
            del constraint.dialect_kwargs[_NULLS]


def _render_item(type_: str, item: Any, context: AutogenContext) -> str | bool:
    """Alembic's hook: what it would write into a revision file is not always what it read."""
    if type_ == "server_default":
        return _render_default(item)
    if type_ != "type":
        return False
    if isinstance(item, NullType):  # what SQLAlchemy did not recognize
        return "sa.types.NullType()"
    return _render_enum(item, context) or _render_declared(item, context) or _render_own(item, context)


def _render_default(item: Any) -> str | bool:
    """A default as the server has it is text, in which SQLAlchemy would take `:name` for a parameter."""
    arg = getattr(item, "arg", None)
    if isinstance(item, Computed):
        return _render_computed(item)
    if isinstance(arg, str) and (arg[:1] == "'" or arg[-1:] == "'"):  # Alembic takes these for quotes around it
        return f"sa.literal_column({literal(arg)!r})"
    if not isinstance(arg, TextClause) or not (_PARAMETER.search(arg.text) or r"\:" in arg.text):
        return False
    escaped = _PARAMETER.sub(r"\:", arg.text)
    return f"sa.text({escaped!r})"


def _render_computed(item: Computed) -> str | bool:
    """The same of a generated column's expression."""
    text = str(item.sqltext)
    if not isinstance(item.sqltext, TextClause) or not _PARAMETER.search(text):
        return False
    persisted = "" if item.persisted is None else f", persisted={item.persisted!r}"
    return f"sa.Computed({_PARAMETER.sub(chr(92) + ':', text)!r}{persisted})"


def _render_declared(item: Any, context: AutogenContext) -> str | bool:
    """A domain that is declared is made by an operation of its own as well, whatever the model's column says."""
    if not isinstance(item, DOMAIN) or not item.create_type:
        return False
    state: State = context.opts[STATE]
    if (item.schema or state.settings.home, str(item.name)) not in {i.names for i in state.declared.identities}:
        return False
    made = copy(item)
    made.create_type = False
    return context.migration_context.impl.render_type(made, context)


def _render_own(item: Any, context: AutogenContext) -> bool:
    """Alembic writes a type that is not SQLAlchemy's with the module that it is from, and does not import that."""
    module = type(item).__module__
    if not module.startswith("sqlalchemy."):
        context.imports.add(f"import {module}")
    return False


def _render_enum(item: Any, context: AutogenContext) -> str | bool:
    """A column's enum is made by an operation of its own, so the table is not to make it."""
    enum = native_enum(item)
    if enum is None or (enum is not item and not isinstance(item, TypeDecorator)):
        return False
    context.imports.add("from sqlalchemy.dialects import postgresql")
    values = "".join(f"{value!r}, " for value in enum.enums)
    schema = f", schema={str(enum.schema)!r}" if enum.schema else ""
    return f"postgresql.ENUM({values}name={str(enum.name)!r}{schema}, create_type=False)"
