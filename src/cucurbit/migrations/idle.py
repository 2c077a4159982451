"""Operations that change nothing: where Alembic sees a difference, and the server has none."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import MigrateOperation, ops

from cucurbit.database.tables import COLUMN, CONSTRAINT, INDEX, Key
from cucurbit.migrations.residue import Residue


def without_idle(operations: Sequence[MigrateOperation], residue: Residue, home: str) -> list[MigrateOperation]:
    """The operations but for those that make of a part what it is: of a column, and of what is dropped and created.

    Alembic compares texts, of an index on an expression for example; `residue` has the server's answer.
    """
    found: list[MigrateOperation] = []
    for operation in operations:
        if not isinstance(operation, ops.ModifyTableOps):
            found.append(operation)
            continue
        keys = [_key(one, (operation.schema or home, operation.table_name)) for one in operation.ops]
        twice = {key for key in keys if key is not None and (key.sort == COLUMN or keys.count(key) == 2)}
        idle = {key for key in twice if residue.agrees(key)}
        operation.ops = [one for one, key in zip(operation.ops, keys, strict=True) if key not in idle]
        found += [operation] if operation.ops else []
    return found


def _key(operation: MigrateOperation, table: tuple[str, str]) -> Key | None:
    match operation:
        case ops.AlterColumnOp(modify_name=None):
            return Key(COLUMN, *table, operation.column_name)
        case ops.CreateIndexOp() | ops.DropIndexOp():
            return Key(INDEX, *table, str(operation.index_name))
        case ops.AddConstraintOp() | ops.DropConstraintOp():
            return Key(CONSTRAINT, *table, str(getattr(operation, "constraint_name", None)))
    return None
