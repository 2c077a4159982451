"""The baseline: a revision that makes what a database has already."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import MigrateOperation, ops

from cucurbit.migrations.inventory import Inventory, Item
from cucurbit.migrations.operations import AdoptEntityOp, EntityOp
from cucurbit.migrations.run_sql import RunSqlOp
from cucurbit.project.settings import Settings
from cucurbit.sql import dump as dumps
from cucurbit.sql.dump import Relation

# The locks of a revision's transaction, for which a server has room for six thousand and more: a table has indexes.
_LOCKS, _OF_TABLE = 3_000, 6


def revisions(inventory: Inventory) -> list[tuple[ops.UpgradeOps, ops.DowngradeOps]]:
    """What makes it, and what takes all of it down again in the opposite order, for as many revisions as it takes."""
    parts: list[list[MigrateOperation]] = [[]]
    locks = 0
    for operation in operations(inventory):
        own = _OF_TABLE if isinstance(operation, RunSqlOp) else 1
        if parts[-1] and locks + own > _LOCKS:
            parts, locks = [*parts, []], 0
        parts[-1].append(operation)
        locks += own
    return [(ops.UpgradeOps(part), ops.DowngradeOps(_reversed(part))) for part in parts]


def _reversed(upgrade: Sequence[MigrateOperation]) -> list[MigrateOperation]:
    downgrade = [operation.reverse() for operation in reversed(upgrade)]
    return [op for op in downgrade if not isinstance(op, RunSqlOp) or op.statements]


def operations(inventory: Inventory) -> list[MigrateOperation]:
    """What makes it, in its order."""
    attached = {item.part.attached for item in inventory.items if item.part and item.part.attached}
    upgrade: list[MigrateOperation] = []
    for item in inventory.items:
        if item.entity is not None:
            sql, old = item.entity.sql, item.old.sql if item.old else None
            upgrade.append(AdoptEntityOp(sql, None) if item.adopts else EntityOp(sql, old))
        elif item.part is not None:
            goes_along = item.part.made in attached
            _add(upgrade, _of_table(item, undo=() if goes_along else item.part.undo))
    return upgrade


def _of_table(item: Item, undo: Sequence[str]) -> RunSqlOp:
    if item.part is None or item.dumped is None:
        raise ValueError("a part of a table comes from a statement of the dump")
    one = item.dumped
    statements = [*one.settings, one.sql, *dumps.reset(one.settings)]
    return RunSqlOp(statements, item.part.what, undo=undo, table_name=".".join(item.part.table))


def _add(operations: list[MigrateOperation], new: RunSqlOp) -> None:
    """What only goes on with the table that the last operation was about becomes a part of it."""
    last = operations[-1] if operations else None
    if isinstance(last, RunSqlOp) and new.what.startswith("~") and last.table_name == new.table_name:
        last.statements += new.statements
        last.undo = [*new.undo, *last.undo]
    else:
        operations.append(new)


def own_schemas(settings: Settings) -> set[str]:
    """The schemas that are made before any migration runs."""
    return {settings.home, settings.ledger_name[0], settings.version_table_name[0]}


def own_tables(settings: Settings) -> list[Relation]:
    """The tables that are the framework's: schema and name."""
    return [settings.ledger_name, settings.version_table_name]
