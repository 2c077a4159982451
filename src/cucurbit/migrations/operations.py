"""`op.create_entity` and its sisters: one operation with a new side and an old side.

https://alembic.sqlalchemy.org/en/latest/api/operations.html#operation-plugins
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alembic.operations import MigrateOperation, Operations

from cucurbit.entities.entity import Entity
from cucurbit.errors import MigrationError
from cucurbit.migrations import known
from cucurbit.planning.change import Change

if TYPE_CHECKING:
    from cucurbit.migrations.recorder import Recorder

RECORDER = "cucurbit_recorder"


@Operations.register_operation("create_entity")
@Operations.register_operation("replace_entity")
@Operations.register_operation("drop_entity")
class EntityOp(MigrateOperation):
    """A change of one entity: `new` and `old` are its SQL, one of them None where it is created or dropped.

    `in_place` is what the scratch database said of a replacement: False where it has to be dropped and created. It
    decides in `--sql`, where no server can be asked; otherwise the server is asked first unless it is False.
    """

    def __init__(self, new: str | None, old: str | None, *, in_place: bool = True) -> None:
        self.new = new
        self.old = old
        self.in_place = in_place

    @classmethod
    def create_entity(cls, operations: Operations, sql: str) -> None:
        """Create an entity by the SQL that defines it."""
        operations.invoke(cls(sql, None))

    @classmethod
    def replace_entity(cls, operations: Operations, new: str, old: str, *, in_place: bool = True) -> None:
        """Turn an entity into another of the same identity, in place where the server can."""
        operations.invoke(cls(new, old, in_place=in_place))

    @classmethod
    def drop_entity(cls, operations: Operations, sql: str) -> None:
        """Drop the entity that the SQL defines."""
        operations.invoke(cls(None, sql))

    @property
    def action(self) -> str:
        """`create`, `replace` or `drop`."""
        if self.new is None:
            return "drop"
        return "create" if self.old is None else "replace"

    def entity(self, home: str) -> Entity:
        """The entity as it will be, or as it was where it is dropped."""
        return known.entity(self.new or self.old or "", home)

    def change(self, home: str) -> Change:
        """The two sides, read."""
        new, old = (known.entity(sql, home) if sql else None for sql in (self.new, self.old))
        return Change(new, old, renamed=self.action == "rename", adopted=self.action in ("adopt", "release"))

    def reverse(self) -> EntityOp:
        """The operation that takes this one back; whether it works in place is another question, so it is asked."""
        return EntityOp(self.old, self.new)

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """What `alembic check` prints."""
        return (f"{self.action}_entity", self.new or self.old)


@Operations.register_operation("rename_entity")
class RenameEntityOp(EntityOp):
    """The same object by another name, or one that refers to something by its new name: data, grants and OID stay."""

    def __init__(self, new: str, old: str) -> None:
        super().__init__(new, old)

    @classmethod
    def rename_entity(cls, operations: Operations, new: str, old: str) -> None:
        """Give an entity the name that `new` has; the two are the same otherwise.

        Where only what it refers to has been renamed, the server has carried it along: nothing is run, and the ledger
        takes down how it reads now.
        """
        operations.invoke(cls(new, old))

    @property
    def action(self) -> str:
        """`rename`."""
        return "rename"

    def reverse(self) -> EntityOp:
        """The old name again."""
        return RenameEntityOp(self.old or "", self.new or "")


@Operations.register_operation("adopt_entity")
@Operations.register_operation("release_entity")
class AdoptEntityOp(EntityOp):
    """An object that the history has made already, in words of its own; only the ledger changes.

    With `new` it is an entity from here on, with `old` it is none any more.
    """

    def __init__(self, new: str | None, old: str | None) -> None:
        super().__init__(new, old)

    @classmethod
    def adopt_entity(cls, operations: Operations, sql: str) -> None:
        """Take an object that is there, and is what the SQL defines, for an entity: the ledger gets its row.

        Raises MigrationError, at the end of the revision, where it is not there.
        """
        operations.invoke(cls(sql, None))

    @classmethod
    def release_entity(cls, operations: Operations, sql: str) -> None:
        """Leave the object where it is, and the ledger without it: the history before this takes care of it."""
        operations.invoke(cls(None, sql))

    @property
    def action(self) -> str:
        """`adopt` or `release`."""
        return "release" if self.new is None else "adopt"

    def reverse(self) -> EntityOp:
        """The other one of the two."""
        return AdoptEntityOp(self.old, self.new)


@Operations.implementation_for(EntityOp)
def _run(operations: Operations, operation: EntityOp) -> None:
    recorder_of(operations).run(operations, operation)


def recorder_of(operations: Operations) -> Recorder:
    """The recorder of the run that an operation is part of. Raises MigrationError where there is none."""
    recorder: Recorder | None = operations.migration_context.opts.get(RECORDER)
    if recorder is None:
        raise MigrationError(
            "the migration was run without cucurbit, so no ledger would know of it",
            hint="migrations/env.py is to call cucurbit.migrations.env.run().",
        )
    return recorder
