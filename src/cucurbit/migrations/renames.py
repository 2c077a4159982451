"""Renames: found by comparing names, asked about, and made on scratch before Alembic compares.

They are made in an open transaction, which whoever called rolls back. So what is compared after has the new names, all
that PostgreSQL carries along included, and only what differs still becomes an operation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from alembic.operations import MigrateOperation, Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy.exc import SAWarning

from cucurbit.database.named_parts import columns
from cucurbit.database.statements import run
from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Finding
from cucurbit.entities.identity import Identity
from cucurbit.errors import PlanError
from cucurbit.migrations.autogenerate import State, options
from cucurbit.migrations.carried import Carried
from cucurbit.migrations.names_of_parts import Renamed, parts_to_rename
from cucurbit.migrations.rename_operations import RenameColumnOp, RenameTableOp, SetTableSchemaOp
from cucurbit.planning.rename import Answers, Named, Pair, dotted, named_entity
from cucurbit.project.tables import tables

TableName = tuple[str, str]


def find(connection: Connection, state: State, answers: Answers, *, may_write: bool) -> list[Finding]:
    """Ask about what may have been renamed, and rename it: on the connection, in what is recorded, in `state.renames`.

    Returns remarks on what a rename does not reach. Raises PlanError for a rename that is wanted where nothing may be
    written (`may_write`), and for an entity that still uses an old name.
    """
    found = _Finder(connection, state, answers, may_write)
    found.tables()
    found.columns()
    found.parts()
    found.entities()
    return found.findings


class _Finder:
    """One search, in its steps."""

    def __init__(self, connection: Connection, state: State, answers: Answers, may_write: bool) -> None:
        self.connection = connection
        self.state = state
        self.answers = answers
        self.home = state.settings.home
        self.findings: list[Finding] = []
        self._may_write = may_write
        self._context = MigrationContext.configure(connection)
        self._declared: dict[TableName, Table] = {
            (table.schema or self.home, table.name): table for table in tables(state.declared.metadata)
        }
        self._renamed: dict[TableName, Renamed] = {}
        self._carried: Carried | None = None

    # -- tables ------------------------------------------------------------------------------------------------------

    def tables(self) -> None:
        """Whole tables, which are alike if their columns are."""
        present = self._present()
        come = [self._table(name) for name in sorted(self._declared.keys() - present.keys())]
        if not come:
            return
        gone = [self._table(name) for name in self._ours(present.keys() - self._declared.keys())]
        for old, new in self.answers.pairs(gone, come, lambda old, new: self._same_table(old.subject, new.subject)):
            self._rename_table(old.subject, new.subject)

    def _rename_table(self, old: TableName, new: TableName) -> None:
        schema, name = old
        if name != new[1]:
            self._do(RenameTableOp(name, new[1], schema=self._schema(schema)))
        if schema != new[0]:
            self._do(SetTableSchemaOp(new[1], new[0], schema=schema))
        self._renamed[new] = Renamed(name, {})

    def _same_table(self, old: TableName, new: TableName) -> bool:
        model = self._declared[new]
        if sorted(self._present()[old]) != sorted(column.name for column in model.columns):
            return False
        reflected = self._reflect(old)
        return all(self._same_column(reflected.columns[column.name], column) for column in model.columns)

    def _table(self, name: TableName) -> Named:
        spellings = [dotted(name[1:])] if name[0] == self.home else []
        shown = dotted((*filter(None, [self._schema(name[0])]), name[1]))
        return Named(name, "table", shown, (*spellings, dotted(name), f"table {dotted(name)}"), dotted(name[1:]),
                     words="the table")  # fmt: skip

    # -- columns -----------------------------------------------------------------------------------------------------

    def columns(self) -> None:
        """Columns within one table, which are alike in type, and in whether they may be NULL and are computed."""
        present = self._present()
        for name in sorted(self._declared.keys() & present.keys()):
            model = {column.name: column for column in self._declared[name].columns}
            here = present[name]
            gone = [self._column(name, column) for column in here if column not in model]
            come = [self._column(name, column, model[column]) for column in model if column not in here]
            if gone and come:
                self._columns(name, model, gone, come)

    def _columns(self, table: TableName, model: dict[str, Column[Any]], gone: list[Named], come: list[Named]) -> None:
        reflected = self._reflect(table)

        def alike(old: Named, new: Named) -> bool:
            return self._same_column(reflected.columns[old.subject], model[new.subject])

        for old, new in self.answers.pairs(gone, come, alike):
            self._do(RenameColumnOp(table[1], old.subject, new.subject, schema=self._schema(table[0])))
            self._renamed.setdefault(table, Renamed(table[1], {})).columns[new.subject] = old.subject

    def _same_column(self, old: Column[Any], new: Column[Any]) -> bool:
        marks = [(bool(c.nullable), c.computed is None, c.identity is None) for c in (old, new)]
        return marks[0] == marks[1] and not self._context.impl.compare_type(old, new)

    def _column(self, table: TableName, name: str, model: Column[Any] | None = None) -> Named:
        spellings = [dotted((table[1], name))] if table[0] == self.home else []
        note = f"(a {type(model.type).__name__})" if model is not None else ""
        shown = dotted((*filter(None, [self._schema(table[0])]), table[1], name))
        full = dotted((*table, name))
        return Named(name, ("column", table), shown, (*spellings, full, f"column {full}"), dotted([name]), note=note)

    # -- constraints, indexes, sequences -----------------------------------------------------------------------------

    def parts(self) -> None:
        """What is named after a renamed table or column, where the models name it otherwise now."""
        for name, renamed in self._renamed.items():
            entities = {own for schema, own in self.state.relations if schema == name[0]}
            for operation in parts_to_rename(self.connection, self._declared[name], name, renamed, but=entities):
                self._do(operation)

    # -- entities ----------------------------------------------------------------------------------------------------

    def entities(self) -> None:
        """Entities that are equal but for their names, until there are no more; and all that was carried along.

        What is on something renamed is equal only after that: an index, a trigger.
        """
        while pairs := self._pairs():
            for old, new in pairs:
                self._rename_entity(self.state.recorded[old.subject], self.state.declared.entities[new.subject])
        if self._carried is not None:
            self._carried.rest()
            self.findings += self._carried.findings(self._renamed)

    def _pairs(self) -> list[Pair]:
        if self._carried is not None:
            self._carried.undeclared()
        recorded, declared = self.state.recorded, self.state.declared.entities
        gone = self._entities(recorded.keys() - declared.keys(), recorded)
        come = self._entities(declared.keys() - recorded.keys(), declared)
        return self.answers.pairs(gone, come, lambda old, new: self._same_entity(old.subject, new.subject))

    def _rename_entity(self, old: Entity, new: Entity) -> None:
        carried = self._before(str(old.identity))
        for statement in new.rename_statements(old):
            run(self.connection, statement)
        carried.renamed(old, new)

    def _entities(self, identities: Iterable[Identity], among: Mapping[Identity, Entity]) -> list[Named]:
        """Those of a kind that PostgreSQL can rename, and that scratch has."""
        able = (i for i in sorted(identities, key=str) if among[i].renamable and not among[i].is_out_of_reach)
        return [named_entity(identity, self.home) for identity in able]

    def _same_entity(self, old: Identity, new: Identity) -> bool:
        one, other = self.state.recorded[old], self.state.declared.entities[new]
        if one.nameless == other.nameless:
            return True
        return self._carried is not None and self._carried.is_one(one, other)

    # -- both --------------------------------------------------------------------------------------------------------

    def _do(self, operation: MigrateOperation) -> None:
        self._before(getattr(operation, "table_name", "this"))
        Operations(self._context).invoke(operation)
        self.state.renames.append(operation)

    def _before(self, what: str) -> Carried:
        """Before the first rename: see what there is."""
        if not self._may_write:
            raise PlanError(
                f"the rename of {what} cannot be compared on the configured database, which is only read",
                hint="Leave out --against database, or write the rename by hand: makemigrations --empty",
            )
        if self._carried is None:
            self._carried = Carried(self.connection, self.state)
        return self._carried

    def _present(self) -> dict[TableName, list[str]]:
        return columns(self.connection)

    def _ours(self, names: Iterable[TableName]) -> list[TableName]:
        """Those that a migration has made."""
        include: Callable[..., bool] = options(self.state)["include_name"]
        return [name for name in sorted(names) if include(name[1], "table", {"schema_name": self._schema(name[0])})]

    def _reflect(self, name: TableName) -> Table:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SAWarning)  # of parts that it does not know
            return Table(
                name[1], MetaData(), schema=self._schema(name[0]), autoload_with=self.connection, resolve_fks=False
            )

    def _schema(self, schema: str) -> str | None:
        return None if schema == self.home else schema
