"""`with op.set_aside("orders", columns=["total"]):` around table operations that entities stand in the way of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from alembic.operations import MigrateOperation, Operations, ops

from cucurbit.migrations.operations import recorder_of

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

# In a script, which asks no database.
_NOTES = (
    "-- Set aside is what the history knows; not looked at: what else depends on {} in the database.",
    "-- Not kept of what is dropped and made anew for it: owner, grants and comments that the history does not know.",
)


@Operations.register_operation("set_aside")
class SetAsideOp(ops.OpContainer):
    """Operations on one table, run while what depends on some of its columns is out of the way."""

    def __init__(
        self,
        table_name: str,
        columns: Sequence[str],
        ops_: Sequence[MigrateOperation] = (),
        *,
        schema: str | None = None,
    ) -> None:
        super().__init__(list(ops_))
        self.table_name = table_name
        self.columns = list(columns)
        self.schema = schema

    @classmethod
    def set_aside(
        cls, operations: Operations, table_name: str, *, columns: Sequence[str], schema: str | None = None
    ) -> AbstractContextManager[None]:
        """A block in which nothing depends on the columns: views and the like are put back when it ends."""
        made: AbstractContextManager[None] = operations.invoke(cls(table_name, columns, schema=schema))
        return made

    def reverse(self) -> SetAsideOp:
        """The same block around the operations taken back."""
        back = [operation.reverse() for operation in reversed(self.ops)]
        return SetAsideOp(self.table_name, self.columns, back, schema=self.schema)


@Operations.implementation_for(SetAsideOp)
def _run(operations: Operations, operation: SetAsideOp) -> Any:
    return _block(operations, operation)


@contextmanager
def _block(operations: Operations, operation: SetAsideOp) -> Iterator[None]:
    from cucurbit.database import set_aside as database  # not for everybody who imports Alembic
    from cucurbit.migrations.recorder import write

    recorder = recorder_of(operations)
    schema = operation.schema or recorder.settings.home
    if operations.migration_context.as_sql:
        names = ", ".join(operation.columns)
        what = f"{schema}.{operation.table_name} ({names})"
        for note in _NOTES:
            operations.migration_context.impl.static_output(note.format(what))
        write(operations.migration_context, recorder.rehearsed() or [])
        yield
        write(operations.migration_context, recorder.rehearsed() or [])
        return
    connection = operations.get_bind()
    seeds = database.addresses_of_columns(connection, schema, operation.table_name, operation.columns)
    words = [(operation.table_name, column) for column in operation.columns]
    block = recorder.runner(connection).altering(seeds, words)
    with recorder.step(connection):
        block.__enter__()
    yield
    with recorder.step(connection):
        block.__exit__(None, None, None)
