"""Renames of tables and what belongs to them, as Alembic's own operations where it has one, each with its way back.

https://alembic.sqlalchemy.org/en/latest/ops.html#alembic.operations.Operations.rename_table
"""

from __future__ import annotations

import re

from alembic.operations import MigrateOperation, Operations, ops

from cucurbit.migrations.operations import RenameEntityOp
from cucurbit.sql.names import qualify, quote

_PARAMETER = re.compile(r":(?=\w)")  # op.execute takes `:name` for a parameter


class RenameTableOp(ops.RenameTableOp):
    """`op.rename_table`; Alembic has no way back for it."""

    def reverse(self) -> RenameTableOp:
        """The old name again."""
        return RenameTableOp(self.new_table_name, self.table_name, schema=self.schema)


class RenameColumnOp(ops.AlterColumnOp):
    """`op.alter_column(…, new_column_name=…)`; Alembic forgets the name on the way back."""

    modify_name: str

    def __init__(self, table: str, old: str, new: str, *, schema: str | None = None) -> None:
        super().__init__(table, old, schema=schema, modify_name=new)

    def reverse(self) -> RenameColumnOp:
        """The old name again."""
        return RenameColumnOp(self.table_name, self.modify_name, self.column_name, schema=self.schema)


@Operations.register_operation("set_table_schema")
class SetTableSchemaOp(MigrateOperation):
    """A table that moves into another schema, with its indexes, constraints and sequences."""

    def __init__(self, table_name: str, new_schema: str, *, schema: str | None = None) -> None:
        self.table_name = table_name
        self.new_schema = new_schema
        self.schema = schema

    @classmethod
    def set_table_schema(
        cls, operations: Operations, table_name: str, new_schema: str, *, schema: str | None = None
    ) -> None:
        """Move a table into another schema; `schema` is the one that it is in."""
        operations.invoke(cls(table_name, new_schema, schema=schema))

    def reverse(self) -> SetTableSchemaOp:
        """Back to where it was; generated operations always say where that is."""
        return SetTableSchemaOp(self.table_name, self.schema or "", schema=self.new_schema)

    @property
    def sql(self) -> str:
        """The statement."""
        table = qualify((self.schema, self.table_name) if self.schema else (self.table_name,))
        return f"ALTER TABLE {table} SET SCHEMA {quote(self.new_schema)}"


class RenamePartOp(ops.ExecuteSQLOp):
    """`op.execute` of the statement that renames a part of a table: `sort` is `constraint`, `index` or `sequence`."""

    def __init__(self, sort: str, owner: tuple[str, str], old: str, new: str) -> None:
        self.sort, self.owner, self.old, self.new = sort, owner, old, new
        super().__init__(_PARAMETER.sub(r"\:", self.sql))

    @property
    def sql(self) -> str:
        """The statement."""
        if self.sort == "constraint":
            return f"ALTER TABLE {qualify(self.owner)} RENAME CONSTRAINT {quote(self.old)} TO {quote(self.new)}"
        name = qualify((self.owner[0], self.old))
        return f"ALTER {self.sort.upper()} {name} RENAME TO {quote(self.new)}"

    @property
    def line(self) -> str:
        """A sentence for people."""
        return f"Rename {self.sort} {self.old} to {self.new}"

    def reverse(self) -> RenamePartOp:
        """The old name again."""
        return RenamePartOp(self.sort, self.owner, self.new, self.old)


# What stands at the beginning of a revision.
RENAMES = (RenameTableOp, RenameColumnOp, SetTableSchemaOp, RenamePartOp, RenameEntityOp)


@Operations.implementation_for(SetTableSchemaOp)
def _set_schema(operations: Operations, operation: SetTableSchemaOp) -> None:
    operations.execute(_PARAMETER.sub(r"\:", operation.sql))
