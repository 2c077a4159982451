"""`op.run_sql("alter table …", …)`: statements as they stand, for what Alembic has no operation for.

Unlike `op.execute`, it takes `:` and `%` and backslashes for what they are, with `--sql` as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from alembic.operations import MigrateOperation, Operations

from cucurbit.migrations.operations import RECORDER

if TYPE_CHECKING:
    from cucurbit.migrations.recorder import Recorder


@Operations.register_operation("run_sql")
class RunSqlOp(MigrateOperation):
    """Statements, each run by itself; `what` is a sign and a sentence for people.

    What makemigrations generates also has `undo`, the statements that take it back; `table_name` and `schema`, where
    it alters a table; `columns`, where views on these stand in the way; `takes_away`, where something goes; `index`,
    schema and name of one that is replaced outside a transaction, by statements that can be run again.
    """

    def __init__(
        self,
        statements: Sequence[str],
        what: str = "~ Run SQL",
        *,
        undo: Sequence[str] = (),
        table_name: str | None = None,
        schema: str | None = None,
        columns: Sequence[str] = (),
        takes_away: bool = False,
        index: tuple[str, str] | None = None,
    ) -> None:
        self.statements = list(statements)
        self.what = what
        self.undo = list(undo)
        self.table_name = table_name
        self.schema = schema
        self.columns = list(columns)
        self.takes_away = takes_away
        self.index = index

    @classmethod
    def run_sql(cls, operations: Operations, *statements: str, what: str = "~ Run SQL") -> None:
        """Run statements as they stand, each a text of its own; `what` is shown in lists of operations.

        With "+ Create table shop.orders (model)" (without the schema where it is that of the settings) the history has
        made the table as `op.create_table` would: makemigrations drops it when no model has it any more. A table that
        is made in other words is left alone unless a model has it.
        """
        operations.invoke(cls(statements, what))

    def reverse(self) -> RunSqlOp:
        """The statements that take it back."""
        sign = {"+": "-", "-": "+"}.get(self.what[:1], "~")
        words = self.what[2:]
        for one, other in (("Create", "Remove"), ("Remove", "Create")):
            if words.startswith(one):
                words = other + words[len(one) :]
                break
        return RunSqlOp(
            self.undo,
            f"{sign} {words}",
            undo=self.statements,
            table_name=self.table_name,
            schema=self.schema,
            columns=self.columns,
            takes_away=sign == "-",
            index=self.index,
        )

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """What `alembic check` prints."""
        return ("run_sql", *self.statements)


@Operations.implementation_for(RunSqlOp)
def _run(operations: Operations, operation: RunSqlOp) -> None:
    from cucurbit.migrations.recorder import write  # not for everybody who imports Alembic

    context = operations.migration_context
    recorder: Recorder | None = context.opts.get(RECORDER)
    if recorder is None or not recorder.takes_plain(operations, operation.statements):
        write(context, operation.statements)
