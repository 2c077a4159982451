"""What a draft does to each table already, so that nothing is generated twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from alembic.operations import MigrateOperation, ops

from cucurbit.database.tables import COLUMN, CONSTRAINT, SEQUENCE, TABLE
from cucurbit.migrations.remedy import Difference

_ONLY_OURS = ("c", "x", "p")  # CHECK, EXCLUDE, PRIMARY KEY: others that come or go are found by Alembic


def dropped_indexes(operations: Sequence[MigrateOperation], home: str) -> set[tuple[str, ...]]:
    """Schema and name of the indexes that operations on tables drop."""
    inner = [one for item in operations for one in (item.ops if isinstance(item, ops.ModifyTableOps) else [item])]
    return {(one.schema or home, str(one.index_name)) for one in inner if isinstance(one, ops.DropIndexOp)}


@dataclass
class Touched:
    """The operations on one table; `otherwise` is something that cannot be told in parts."""

    names: set[object] = field(default_factory=set)
    columns: set[str] = field(default_factory=set)
    comment: bool = False
    otherwise: bool = False

    def note(self, operation: MigrateOperation) -> None:
        """Take in one operation on the table."""
        match operation:
            case ops.AddColumnOp():
                self.columns.add(operation.column.name)
            case ops.AlterColumnOp(modify_name=None):
                self.columns.add(operation.column_name)
            case ops.DropColumnOp():
                pass  # what stands on the column is taken down before, so that the downgrade brings it back
            case ops.AddConstraintOp() | ops.DropConstraintOp():
                self.names.add(getattr(operation, "constraint_name", None))
            case ops.CreateIndexOp() | ops.DropIndexOp():
                self.names.add(operation.index_name)
            case ops.CreateTableCommentOp() | ops.DropTableCommentOp():
                self.comment = True
            case _:
                self.otherwise = True


class Draft:
    """All operations of a draft, those of Alembic's own comparison."""

    def __init__(self, operations: Sequence[MigrateOperation], home: str) -> None:
        self._tables: dict[tuple[str, str], Touched] = defaultdict(Touched)
        for operation in operations:
            for inner in operation.ops if isinstance(operation, ops.ModifyTableOps) else [operation]:
                table = getattr(inner, "table_name", None) or getattr(inner, "source_table", None)
                schema = getattr(inner, "schema", None) or getattr(inner, "source_schema", None)
                if table:
                    self._tables[schema or home, table].note(inner)

    def leaves(self, difference: Difference) -> bool:
        """Whether a difference is to be removed beside the draft, and not by it, nor only after it."""
        old, new, key = difference.old, difference.new, difference.key
        table = self._tables[key.relation]
        if key.sort == SEQUENCE:
            return old is None or not old["owner"] or not self._tables[tuple(old["owner"][:2])].columns
        if table.otherwise or {part.key.name for part in (old, new) if part} & table.names:
            return False
        if key.sort == COLUMN:
            return old is not None and new is not None and key.name not in table.columns
        if key.sort == TABLE:
            return not (table.comment and "comment" in difference.text)
        columns = {column for part in (old, new) if part for column in part["columns"] or ()}
        if columns & table.columns:
            return False
        part = new or old
        return bool(old and new) or (key.sort == CONSTRAINT and part is not None and part["type"] in _ONLY_OURS)
