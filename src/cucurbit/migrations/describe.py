"""One line for people about an operation: `+ Create view public.active_orders`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.operations import MigrateOperation, ops

from cucurbit.migrations.operations import EntityOp
from cucurbit.migrations.rename_operations import RenameColumnOp, RenamePartOp, SetTableSchemaOp
from cucurbit.migrations.run_sql import RunSqlOp

Line = tuple[str, str]


def describe(operation: MigrateOperation, home: str = "public") -> Line:
    """A sign (`+`, `~`, `-`) and what the operation does."""
    if isinstance(operation, ops.ModifyTableOps):
        operation = operation.ops[0]
    if isinstance(operation, EntityOp):
        return operation.change(home).line
    if isinstance(operation, RunSqlOp):
        sign, _, words = operation.what.partition(" ")
        return sign, words
    for type_, sign, text in _TABLE_OPERATIONS:
        if isinstance(operation, type_):
            return sign, text(operation)
    return "~", type(operation).__name__.removesuffix("Op")


def _table(operation: Any) -> str:
    name, schema = getattr(operation, "table_name", None), getattr(operation, "schema", None)
    if name is None:
        name, schema = operation.source_table, operation.kw.get("source_schema")
    return f"{schema}.{name}" if schema else str(name)


def _constraint(operation: Any) -> str:
    return f"constraint {operation.constraint_name or '(unnamed)'} on {_table(operation)}"


_TABLE_OPERATIONS: list[tuple[type[MigrateOperation], str, Callable[[Any], str]]] = [
    (RenameColumnOp, "~", lambda op: f"Rename column {op.column_name} of {_table(op)} to {op.modify_name}"),
    (RenamePartOp, "~", lambda op: op.line),
    (SetTableSchemaOp, "~", lambda op: f"Move table {_table(op)} to schema {op.new_schema}"),
    (ops.CreateTableOp, "+", lambda op: f"Create table {_table(op)}"),
    (ops.DropTableOp, "-", lambda op: f"Drop table {_table(op)}"),
    (ops.RenameTableOp, "~", lambda op: f"Rename table {_table(op)} to {op.new_table_name}"),
    (ops.AddColumnOp, "+", lambda op: f"Add column {op.column.name} to {_table(op)}"),
    (ops.DropColumnOp, "-", lambda op: f"Remove column {op.column_name} from {_table(op)}"),
    (ops.AlterColumnOp, "~", lambda op: f"Alter column {op.column_name} on {_table(op)}"),
    (ops.CreateIndexOp, "+", lambda op: f"Create index {op.index_name} on {_table(op)}"),
    (ops.DropIndexOp, "-", lambda op: f"Remove index {op.index_name} from {_table(op)}"),
    (ops.DropConstraintOp, "-", lambda op: f"Remove {_constraint(op)}"),
    (ops.AddConstraintOp, "+", lambda op: f"Create {_constraint(op)}"),
    (ops.CreateTableCommentOp, "~", lambda op: f"Comment on table {_table(op)}"),
    (ops.DropTableCommentOp, "-", lambda op: f"Remove comment from table {_table(op)}"),
    (ops.ExecuteSQLOp, "~", lambda op: "Run SQL"),
]
