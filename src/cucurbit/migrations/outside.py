"""The operations of a draft that are to run outside a transaction, in revisions of their own.

What is dropped there goes first and what is built comes last, since either may be about columns that the rest of the
draft adds or removes. On a table that the draft itself makes or drops nobody is kept waiting, so there it is plain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from alembic.operations import MigrateOperation, ops
from sqlalchemy.dialects import postgresql

from cucurbit.database.indexes import in_a_script
from cucurbit.entities.concurrent import plain
from cucurbit.entities.entity import Entity
from cucurbit.migrations.ddl import index_sql
from cucurbit.migrations.describe import describe
from cucurbit.migrations.operations import EntityOp
from cucurbit.migrations.reader import RevisionFile, concurrent_indexes
from cucurbit.migrations.rename_operations import RENAMES
from cucurbit.migrations.run_sql import RunSqlOp
from cucurbit.migrations.steps import entity_step
from cucurbit.planning.change import Change

Name = tuple[str, str]

_KEYWORD = "postgresql_concurrently"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy's own


class AutocommitOp(ops.OpContainer):
    """Operations in `with op.get_context().autocommit_block():`, alone in their function."""


@dataclass(frozen=True)
class Part:
    """The operations of one revision, in their order; whether it runs outside a transaction."""

    operations: list[MigrateOperation]
    is_outside: bool = False

    @property
    def upgrade(self) -> ops.UpgradeOps:
        """Its upgrade."""
        return ops.UpgradeOps([AutocommitOp(self.operations)] if self.is_outside else self.operations)

    @property
    def downgrade(self) -> ops.DowngradeOps:
        """Its downgrade."""
        back = [operation.reverse() for operation in reversed(self.operations)]
        return ops.DowngradeOps([AutocommitOp(back)] if self.is_outside else back)


@dataclass
class _Index:
    """An index that the draft changes: its name, what it is on, and its operations."""

    name: Name
    relation: Name
    operations: list[MigrateOperation] = field(default_factory=list)
    is_asked_for: bool = False


def parts(operations: Sequence[MigrateOperation], home: str, history: Mapping[str, RevisionFile]) -> list[Part]:
    """The revisions that a draft becomes; none where it has nothing that is to run outside a transaction."""
    return _Parting(list(operations), home, history).parts()


class _Parting:
    def __init__(self, operations: list[MigrateOperation], home: str, history: Mapping[str, RevisionFile]) -> None:
        self.operations = operations
        self.home = home
        self.history = history

    def parts(self) -> list[Part]:
        """What goes first, what is dropped outside, the rest, what is built outside, and what needs that."""
        indexes = [index for index in self._indexes() if index.is_asked_for]
        own = set(self._made_or_dropped())
        for index in indexes:
            _ask(index.operations, index.relation not in own)
        outside = [index for index in indexes if index.relation not in own]
        if not indexes:
            return []
        moved = [operation for index in outside for operation in index.operations]
        rest = [operation for operation in self.operations if not any(operation is other for other in moved)]
        changed = set(self._with_fewer_columns(rest))
        drops, builds = [], []
        for index in outside:
            dropped, built = self._two(index, apart=index.relation in changed)
            drops += dropped
            builds += built
        gone = {index.name for index in outside if self._only(index, "drop")}
        come = {index.name for index in outside if self._only(index, "create")}
        first = [o for o in rest if drops and (isinstance(o, RENAMES) or self._refers(o, gone))]
        last = [o for o in rest if o not in first and self._refers(o, come)]
        middle = [o for o in rest if o not in first and o not in last]
        found = [Part(first), Part(drops, True), Part(middle), Part(builds, True), Part(last)]
        return [part for part in found if part.operations]

    def _indexes(self) -> Iterable[_Index]:
        found: dict[Name, _Index] = {}
        for operation in self.operations:
            for name, relation, is_asked_for in self._about(operation):
                index = found.setdefault(name, _Index(name, relation))
                index.operations.append(operation)
                index.is_asked_for |= is_asked_for
        return found.values()

    def _about(self, operation: MigrateOperation) -> Iterator[tuple[Name, Name, bool]]:
        """The index that an operation makes, changes or drops: its name, its relation, and whether CONCURRENTLY."""
        inner: Any = _inner(operation)
        if isinstance(inner, ops.CreateIndexOp | ops.DropIndexOp):
            schema = inner.schema or self.home
            name = (schema, str(inner.index_name))
            is_asked_for = bool(inner.kw.get(_KEYWORD))
            if isinstance(inner, ops.DropIndexOp):
                is_asked_for |= name in concurrent_indexes(self.history, self.home)
            yield name, (schema, str(inner.table_name)), is_asked_for
        elif isinstance(inner, RunSqlOp) and inner.index:
            yield inner.index, (inner.schema or self.home, str(inner.table_name)), True
        elif isinstance(inner, EntityOp) and inner.action != "rename":
            change = inner.change(self.home)
            sides = [side.concurrent for side in (change.new, change.old) if side and side.concurrent]
            if sides:
                yield sides[0].names, sides[0].relation, any(side.is_asked_for for side in sides)

    def _made_or_dropped(self) -> Iterator[Name]:
        for operation in self.operations:
            inner: Any = _inner(operation)
            if isinstance(inner, ops.CreateTableOp | ops.DropTableOp):
                yield inner.schema or self.home, str(inner.table_name)
            elif isinstance(inner, EntityOp) and inner.action in ("create", "drop"):
                yield from self._relations(inner)

    def _with_fewer_columns(self, operations: Sequence[MigrateOperation]) -> Iterator[Name]:
        """The relations that may lose columns: an index on these goes before, in both directions."""
        for operation in operations:
            inner: Any = _inner(operation)
            if isinstance(inner, ops.DropColumnOp):
                yield inner.schema or self.home, str(inner.table_name)
            elif isinstance(inner, EntityOp):
                yield from self._relations(inner)

    def _relations(self, operation: EntityOp) -> Iterator[Name]:
        yield from ((schema, name) for sort, schema, name in operation.entity(self.home).provided if sort == "relation")

    def _two(self, index: _Index, *, apart: bool) -> tuple[list[MigrateOperation], list[MigrateOperation]]:
        """What of an index goes first, and what comes last; `apart`, where it cannot be replaced in one step."""
        drops: list[MigrateOperation] = []
        builds: list[MigrateOperation] = []
        if not apart and (replaced := self._replaced([_inner(operation) for operation in index.operations])):
            return [], [replaced]
        for operation in index.operations:
            inner: Any = _inner(operation)
            if isinstance(inner, EntityOp) and inner.action == "replace" and apart:
                drops.append(EntityOp(None, inner.old))
                builds.append(EntityOp(inner.new, None))
            elif isinstance(inner, ops.DropIndexOp) or (isinstance(inner, EntityOp) and inner.action == "drop"):
                (drops if apart or len(index.operations) == 1 else builds).append(operation)
            else:
                builds.append(operation)
        return drops, builds

    def _replaced(self, operations: Sequence[Any]) -> RunSqlOp | None:
        """One operation for the two that Alembic has for an index that changes."""
        drop = next((o for o in operations if isinstance(o, ops.DropIndexOp)), None)
        create = next((o for o in operations if isinstance(o, ops.CreateIndexOp)), None)
        if drop is None or create is None or len(operations) != 2:
            return None
        new, old = (index_sql(operation.to_index(), _DIALECT) for operation in (create, drop))
        words = describe(create, self.home)[1].removeprefix("Create ")
        return replacement(new, old, words, self.home)

    def _only(self, index: _Index, action: str) -> bool:
        kinds = {"create": ops.CreateIndexOp, "drop": ops.DropIndexOp}
        inner: list[Any] = [_inner(operation) for operation in index.operations]
        return all(isinstance(o, kinds[action]) or getattr(o, "action", None) == action for o in inner)

    def _refers(self, operation: MigrateOperation, names: set[Name]) -> bool:
        inner = _inner(operation)
        if not names or not isinstance(inner, EntityOp):
            return False
        change: Change = inner.change(self.home)
        step = entity_step(change, self.home)
        return any((thing.schema, thing.name) in names for thing in step.needs | step.needed)


def _inner(operation: MigrateOperation) -> MigrateOperation:
    return operation.ops[0] if isinstance(operation, ops.ModifyTableOps) else operation


def _ask(operations: Sequence[MigrateOperation], concurrently: bool) -> None:
    """Have Alembic's operations say CONCURRENTLY, or not."""
    for operation in operations:
        inner: Any = _inner(operation)
        if isinstance(inner, ops.CreateIndexOp | ops.DropIndexOp):
            inner.kw.pop(_KEYWORD, None)
            inner.kw |= {_KEYWORD: True} if concurrently else {}


def replacement(
    new: str, old: str, what: str, home: str, *, again: tuple[Sequence[str], Sequence[str]] = ((), ())
) -> RunSqlOp:
    """An index in the place of another one of its name, for an `autocommit_block()`; both as CREATE INDEX.

    `again` are the statements behind it, and behind what takes it back.
    """
    made, was = (Entity.from_sql(plain(sql), schema=home).concurrent for sql in (new, old))
    if made is None or was is None:
        raise ValueError(f"no index: {new}")
    return RunSqlOp(
        [*in_a_script(made, was), *again[0]],
        f"~ Replace {what}",
        undo=[*in_a_script(was, made), *again[1]],
        table_name=made.relation[1],
        schema=made.relation[0] if made.relation[0] != home else None,
        index=made.names,
    )
