"""The statements by which SQLAlchemy would make the tables of the models: those of `metadata.create_all()`.

https://docs.sqlalchemy.org/en/21/core/ddl.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Column, Connection, MetaData, Table
from sqlalchemy import schema as ddl
from sqlalchemy.engine import Dialect
from sqlalchemy.types import NullType

from cucurbit.database.tables import CONSTRAINT, INDEX, SEQUENCE, TABLE, Key
from cucurbit.entities.concurrent import plain
from cucurbit.project.declared import sequences
from cucurbit.project.tables import tables
from cucurbit.sql.names import qualify, quote, unquote


@dataclass
class TableDDL:
    """One table's statements; what is under `last` needs other tables, or changes nothing that others need."""

    key: Key
    table: Table
    create: str
    indexes: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)

    def in_two(self, dialect: Dialect) -> tuple[str, list[str]]:
        """The table without its defaults, and the statements that add them: for one that stands in a circle."""
        bare = self.table.to_metadata(MetaData(naming_convention=self.table.metadata.naming_convention))
        later = []
        for column in bare.columns:
            if column.server_default is not None and not column.computed and not column.identity:
                default = default_of(column, dialect)
                column.server_default = None
                name = qualify(self.key.relation)
                later.append(f"ALTER TABLE {name} ALTER COLUMN {quote(column.name)} SET DEFAULT {default}")
        return compiled(ddl.CreateTable(bare, include_foreign_key_constraints=[]), dialect), later


@dataclass
class ModelDDL:
    """All statements for the models."""

    dialect: Dialect
    sequences: dict[Key, str] = field(default_factory=dict)
    tables: list[TableDDL] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Everything that decides what the tables will be."""
        made = [[table.create, *sorted(table.indexes), *sorted(table.last)] for table in self.tables]
        return "\n".join([*self.sequences.values(), *(statement for statements in made for statement in statements)])

    @cached_property
    def concurrent(self) -> set[Key]:
        """The indexes that are to be made CONCURRENTLY."""
        preparer: Any = self.dialect.identifier_preparer
        return {
            Key(INDEX, *table.key.relation, _plain(preparer.format_constraint(item)))
            for table in self.tables
            for item in table.table.indexes
            if item.dialect_options["postgresql"]["concurrently"]
        }

    @cached_property
    def named(self) -> dict[Key, str]:
        """The statements for parts that have a name in the models, by their keys: of a constraint what comes behind
        `ALTER TABLE … ADD`.
        """
        found = dict(self.sequences)
        for table in self.tables:
            found.update(_named(table, self.dialect))
        return found


def model_ddl(metadata: Sequence[MetaData], connection: Connection, home: str) -> ModelDDL:
    """What the models say; the connection's server decides what can be said to it."""
    dialect = connection.dialect
    found = ModelDDL(dialect)
    for data in metadata:
        for sequence in sorted(sequences(data), key=lambda item: (item.schema or "", str(item.name))):
            key = Key(SEQUENCE, sequence.schema or home, str(sequence.name))
            found.sequences[key] = compiled(ddl.CreateSequence(sequence), dialect)
        found.tables += [_table(table, dialect, home) for table in tables([data])]
    return found


def default_of(column: Any, dialect: Dialect) -> str:
    """A column's default as CREATE TABLE would have it."""
    compiler = dialect.ddl_compiler(dialect, None)  # type: ignore[arg-type] # no statement, only its methods
    return str(compiler.get_column_default_string(column)).replace("%%", "%")


def compiled(element: Any, dialect: Dialect) -> str:
    """A statement as the server gets it: the driver makes one percent sign of two."""
    return str(element.compile(dialect=dialect)).replace("%%", "%").strip()


def index_sql(index: Any, dialect: Dialect) -> str:
    """The statement for an index that an operation of Alembic stands for: its table has only the columns indexed."""
    for name in index.dialect_options["postgresql"]["include"] or ():
        if index.table is not None and name not in index.table.c:
            index.table.append_column(Column(name, NullType()))
    return compiled(ddl.CreateIndex(index), dialect)


def _table(table: Table, dialect: Dialect, home: str) -> TableDDL:
    key = Key(TABLE, table.schema or home, table.name)
    made = TableDDL(key, table, compiled(ddl.CreateTable(table, include_foreign_key_constraints=[]), dialect))
    made.indexes = [plain(compiled(ddl.CreateIndex(item), dialect)) for item in table.indexes]
    keys = [item for item in table.constraints if isinstance(item, ddl.ForeignKeyConstraint)]
    made.last = [compiled(_added(key), dialect) for key in keys] + _comments(table, dialect)
    return made


def _added(constraint: Any) -> ddl.AddConstraint:
    return ddl.AddConstraint(constraint, isolate_from_table=False)


def _named(table: TableDDL, dialect: Dialect) -> Iterator[tuple[Key, str]]:
    preparer: Any = dialect.identifier_preparer
    for item in table.table.indexes:
        name = _plain(preparer.format_constraint(item))
        yield Key(INDEX, *table.key.relation, name), plain(compiled(ddl.CreateIndex(item), dialect))
    before = f"ALTER TABLE {preparer.format_table(table.table)} ADD ".replace("%%", "%")
    for constraint in table.table.constraints:
        if isinstance(constraint, ddl.PrimaryKeyConstraint) and not len(constraint.columns):
            continue
        given = preparer.format_constraint(constraint) if constraint.name is not None else None
        if given:
            yield (
                Key(CONSTRAINT, *table.key.relation, _plain(given)),
                compiled(_added(constraint), dialect).removeprefix(before),
            )


def _comments(table: Table, dialect: Dialect) -> list[str]:
    found: list[Any] = [ddl.SetTableComment(table)] if table.comment is not None else []
    found += [ddl.SetColumnComment(column) for column in table.columns if column.comment is not None]
    found += [ddl.SetConstraintComment(item) for item in table.constraints if item.comment is not None]
    return [compiled(item, dialect) for item in found]


def _plain(name: str) -> str:
    """An identifier as SQLAlchemy prints it, without its quotes."""
    return unquote(name.replace("%%", "%"))
