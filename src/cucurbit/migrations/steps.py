"""Alembic's operations and entity changes as steps that can be ordered together.

What a table operation refers to is read from the SQL that it would run, by the parser that reads entities: a default
that calls a function, a column of an enum, a foreign key are all names in that SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from io import StringIO
from typing import Any

from alembic.operations import MigrateOperation, Operations, ops
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CheckConstraint, Column, ForeignKeyConstraint

from cucurbit.entities.entity import Entity
from cucurbit.errors import SqlError
from cucurbit.migrations.describe import describe
from cucurbit.migrations.operations import AdoptEntityOp, EntityOp
from cucurbit.migrations.run_sql import RunSqlOp
from cucurbit.migrations.set_aside import SetAsideOp
from cucurbit.planning.change import Change
from cucurbit.planning.order import Step, Thing, order, things
from cucurbit.planning.reach import reached
from cucurbit.sql.parse import parse, split
from cucurbit.sql.references import References, references

TABLES = 40
_FIRST = 1
_LAST = 199
_DROPS = 200  # a drop stands at this less the rank of its kind: behind what is made, the last made first

# What others use without a word: nobody says so, and from some rank on anybody may.
_IMPLIED = Thing("implied", "", "")

_TAKES_AWAY = (ops.DropColumnOp, ops.DropConstraintOp, ops.DropIndexOp)


def arrange(
    operations: Sequence[MigrateOperation], changes: Sequence[Change], home: str, entities: Sequence[Entity] = ()
) -> list[MigrateOperation]:
    """Table operations and entity changes in one working order; `entities` are all that are declared.

    Raises PlanError where there is none.
    """
    steps = [_table_step(operation, home) for operation in _flat(operations)]
    steps += [_behind(entity_step(change, home), change, home, entities) for change in changes]
    return [out_of_the_way(step.payload) for step in order(steps)]


def out_of_the_way(operation: MigrateOperation) -> MigrateOperation:
    """A column's type cannot be altered under a view, and a database may have views that no history knows of."""
    inner = operation.ops[0] if isinstance(operation, ops.ModifyTableOps) else operation
    if isinstance(inner, ops.AlterColumnOp) and inner.modify_type is not None:
        return SetAsideOp(inner.table_name, [inner.column_name], [operation], schema=inner.schema)
    if isinstance(inner, RunSqlOp) and inner.table_name and inner.columns:
        return SetAsideOp(inner.table_name, inner.columns, [operation], schema=inner.schema)
    return operation


def _flat(operations: Sequence[MigrateOperation]) -> Iterator[MigrateOperation]:
    """Each operation alone; those on a table keep the wrapper that Alembic renders them in."""
    for operation in operations:
        if isinstance(operation, ops.ModifyTableOps):
            for inner in operation.ops:
                if isinstance(inner, ops.AlterColumnOp):
                    inner.kw.pop("autoincrement", None)  # which Alembic finds, and PostgreSQL's ALTER warns of
                for one in (inner, *_checks_of(inner)):
                    yield ops.ModifyTableOps(operation.table_name, [one], schema=operation.schema)
        else:
            yield _with_checks(operation) if isinstance(operation, ops.CreateTableOp) else operation


def _checks_of(operation: MigrateOperation) -> list[MigrateOperation]:
    """The same for a column that is added; a check without a name gets the one that PostgreSQL would give it."""
    if not isinstance(operation, ops.AddColumnOp):
        return []
    checks = [item for item in operation.column.constraints if isinstance(item, CheckConstraint)]
    table, schema = operation.table_name, operation.schema
    usual = f"{table}_{operation.column.name}_check"
    return [
        ops.CreateCheckConstraintOp(
            check.name if isinstance(check.name, str) else usual, table, check.sqltext, schema=schema
        )
        for check in checks
    ]


def _with_checks(operation: ops.CreateTableOp) -> ops.CreateTableOp:
    """With the checks that the model gives to columns: Alembic renders those that are given to the table."""
    columns = [item for item in operation.columns if isinstance(item, Column)]
    checks = [item for column in columns for item in column.constraints if isinstance(item, CheckConstraint)]
    operation.columns = [*operation.columns, *(CheckConstraint(check.sqltext, name=check.name) for check in checks)]
    return operation


# -- entities ---------------------------------------------------------------------------------------------------------


def entity_step(change: Change, home: str) -> Step:
    """One entity's change as a step: what it makes, what it needs."""
    new, old = change.new, change.old
    entity = change.entity
    identity = entity.identity
    if change.adopted:  # it is there all the time
        operation = AdoptEntityOp(new.sql if new else None, old.sql if old else None)
        return Step(operation, f"{change.action} {identity}", _FIRST)
    schema = identity.schema if identity.schema is not None else ""
    provided = frozenset(Thing(*thing) for thing in entity.provided)
    housed = frozenset({Thing("schema", "", schema)}) if schema not in ("", home) else frozenset()
    needs = (things(new.references, home) | housed | _implied(new)) - provided if new else frozenset()
    needed = (things(old.references, home) | housed | _implied(old)) - provided if old else frozenset()
    changed = provided if new and old else frozenset()
    leading = frozenset({_IMPLIED}) if entity.is_implied else frozenset()
    return Step(
        EntityOp(new.sql if new else None, old.sql if old else None),
        f"{change.action} {identity}",
        _rank(change),
        makes=provided if new else frozenset(),
        alters=(changed if entity.is_slow else frozenset()) | (leading if new else frozenset()),
        unmakes=provided if new is None else frozenset(),
        trims=changed if new else leading,
        needs=needs,
        needed=needed,
        mentions=frozenset(new.references.mentions) if new else frozenset(),
        mentioned=frozenset(old.references.mentions) if old and not new else frozenset(),
    )


def _implied(entity: Entity) -> frozenset[Thing]:
    """What anybody may use from the rank of tables on: below stands what that needs itself, types and schemas."""
    return frozenset({_IMPLIED}) if entity.rank >= TABLES and not entity.is_implied else frozenset()


def _rank(change: Change) -> int:
    entity = change.entity
    if change.new is None:
        return _FIRST if entity.goes_first else _DROPS - entity.place
    return _LAST if change.old is not None and entity.is_slow else entity.place


def _behind(step: Step, change: Change, home: str, entities: Sequence[Entity]) -> Step:
    """What is filled when it changes comes behind all that it reads, through entities that do not change as well."""
    if change.new is None or change.old is None or not change.new.is_slow:
        return step
    return replace(step, needs=step.needs | reached(change.new, entities, home) - step.alters)


# -- tables -----------------------------------------------------------------------------------------------------------


def _table_step(operation: MigrateOperation, home: str) -> Step:
    inner = operation.ops[0] if isinstance(operation, ops.ModifyTableOps) else operation
    label = describe(inner)[1].lower()
    table = _table_of(operation)
    if table is None:
        return Step(operation, label, TABLES)
    schema, name = table
    own = frozenset({Thing("relation", schema or home, name), Thing("type", schema or home, name)})
    refers = _things_of(inner, home)
    if isinstance(inner, ops.CreateTableOp):
        split_ = _splitter(inner, home)
        needs = (refers - own) | {_IMPLIED}
        return Step(operation, label, TABLES, makes=own, needs=needs, group=table, split=split_)
    if isinstance(inner, ops.DropTableOp):
        needed = (_before(inner, home) - own) | {_IMPLIED}
        return Step(operation, label, _DROPS - TABLES, unmakes=own, needed=needed, group=table)
    named = _index_of(inner, schema or home)
    if isinstance(inner, _TAKES_AWAY) or (isinstance(inner, RunSqlOp) and inner.takes_away):
        rank, needed = _DROPS - TABLES - 1, (_before(inner, home) | own | {_IMPLIED}) - named
        return Step(operation, label, rank, unmakes=named, trims=own, needed=needed, group=table)
    needs, needed = (refers | own | {_IMPLIED}) - named, _before(inner, home)
    return Step(operation, label, TABLES + 1, makes=named, alters=own, needs=needs, needed=needed, group=table)


def _index_of(operation: MigrateOperation, schema: str) -> frozenset[Thing]:
    """The index that an operation makes or drops, which has a name among tables and views."""
    if not isinstance(operation, ops.CreateIndexOp | ops.DropIndexOp):
        return frozenset()
    return frozenset({Thing("relation", schema, str(operation.index_name))})


def _table_of(operation: MigrateOperation) -> tuple[str | None, str] | None:
    name = getattr(operation, "table_name", None) or getattr(operation, "source_table", None)
    schema = getattr(operation, "schema", None) or getattr(operation, "source_schema", None)
    return (schema, name) if name else None


def _before(operation: MigrateOperation, home: str) -> frozenset[Thing]:
    """What the operation's old side refers to: the new side of its reverse."""
    try:
        reverse = operation.reverse()
    except (NotImplementedError, ValueError):
        return frozenset()
    return _things_of(reverse, home)


def _things_of(operation: MigrateOperation, home: str) -> frozenset[Thing]:
    found = References()
    for statement in split(_sql_of(operation), "migration"):
        found.add(references(parse(statement.sql)))
    return things(found, home)


def _sql_of(operation: MigrateOperation) -> str:
    """The SQL that an operation would run; nothing where it needs a server to say, or says what is not SQL."""
    buffer = StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql+psycopg", opts={"as_sql": True, "output_buffer": buffer}
    )
    try:
        Operations(context).invoke(operation)
        split(buffer.getvalue(), "migration")
    except (CommandError, SQLAlchemyError, NotImplementedError, SqlError, AttributeError):
        return ""
    return buffer.getvalue()


# -- circles ----------------------------------------------------------------------------------------------------------


def _splitter(operation: ops.CreateTableOp, home: str) -> Callable[[], Sequence[Step] | None]:
    """How a table that stands in a circle is made: bare first, its foreign keys and defaults after."""

    def split_() -> Sequence[Step] | None:
        bare, later = _take_apart(operation)
        return [_table_step(part, home) for part in (bare, *later)] if later else None

    return split_


def _take_apart(operation: ops.CreateTableOp) -> tuple[ops.CreateTableOp, list[MigrateOperation]]:
    """The table without its foreign keys and server defaults, and the operations that add them."""
    table = operation.to_table()
    later: list[MigrateOperation] = []
    for constraint in list(table.constraints):
        if isinstance(constraint, ForeignKeyConstraint):
            later.append(ops.CreateForeignKeyOp.from_constraint(constraint))
            table.constraints.discard(constraint)
            for key in constraint.elements:
                key.parent.foreign_keys.discard(key)
    for column in table.columns:
        if column.server_default is not None and not column.computed and not column.identity:
            later.append(_default(operation, column))
            column.server_default = None
    bare = ops.CreateTableOp.from_table(table)
    wrap: Callable[[Any], MigrateOperation] = lambda op: ops.ModifyTableOps(table.name, [op], schema=table.schema)  # noqa: E731
    return bare, [wrap(op) for op in later]


def _default(operation: ops.CreateTableOp, column: Column[Any]) -> ops.AlterColumnOp:
    return ops.AlterColumnOp(
        operation.table_name,
        column.name,
        schema=operation.schema,
        existing_type=column.type,
        existing_nullable=column.nullable,
        existing_server_default=None,
        modify_server_default=column.server_default,
    )
