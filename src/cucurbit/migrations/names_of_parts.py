"""The constraints, indexes and sequences of a renamed table: PostgreSQL leaves them their names."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from alembic.util.sqla_compat import _get_constraint_final_name as final_name
from sqlalchemy import Connection, Table
from sqlalchemy.schema import (
    CheckConstraint,
    ColumnCollectionConstraint,
    Constraint,
    ForeignKeyConstraint,
    PrimaryKeyConstraint,
    UniqueConstraint,
)

from cucurbit.database.named_parts import Part, parts
from cucurbit.migrations.rename_operations import RenamePartOp

_TYPES: dict[type[Constraint], str] = {
    PrimaryKeyConstraint: "p",
    UniqueConstraint: "u",
    ForeignKeyConstraint: "f",
    CheckConstraint: "c",
}


@dataclass(frozen=True)
class Renamed:
    """What a table was called before, and those of its columns that were called otherwise, by their new names."""

    table: str
    columns: dict[str, str]

    def before(self, name: str, table: str) -> str:
        """A name as it would have been made when table and columns had their old names."""
        for new, old in {**self.columns, table: self.table}.items():
            name = name.replace(new, old)
        return name


@dataclass(frozen=True)
class _Expected:
    """A part that the model names."""

    type: str
    name: str
    unique: bool
    columns: tuple[str, ...]


def parts_to_rename(
    connection: Connection, model: Table, table: tuple[str, str], renamed: Renamed, *, but: Collection[str] = ()
) -> Iterator[RenamePartOp]:
    """The renames that give each part the name which the model, or PostgreSQL, would give it now; `but` keep theirs."""
    found = [part for part in parts(connection, *table) if part.name not in but]
    expected = list(_expected(connection, model))
    names = {item.name for item in expected}
    taken = {part.name for part in found}
    for part in found:
        if part.name in names:
            continue
        new = _named(part, [e for e in expected if e.name not in taken], table[1], renamed) or _usual(
            part, table[1], renamed
        )
        if new and new not in taken:
            taken.add(new)
            yield RenamePartOp(part.sort, table, part.name, new)


def _named(part: Part, expected: list[_Expected], table: str, renamed: Renamed) -> str | None:
    """What the model calls it: the one on the same columns, or else the one that once had its name."""
    same = [e for e in expected if (e.type, e.unique, e.columns) == (part.type, part.unique, part.columns)]
    if part.type != "c" and len(same) == 1:
        return same[0].name
    once = [e for e in expected if e.type == part.type and renamed.before(e.name, table) == part.name]
    return once[0].name if len(once) == 1 else None


def _usual(part: Part, table: str, renamed: Renamed) -> str | None:
    """What PostgreSQL would call it now, if it has the name that PostgreSQL gave it then."""
    before = part.usual_name(renamed.table, [renamed.columns.get(column, column) for column in part.columns])
    return part.usual_name(table, part.columns) if part.name == before else None


def _expected(connection: Connection, model: Table) -> Iterator[_Expected]:
    for index in model.indexes:
        columns = tuple(column.name for column in index.columns)
        yield _Expected("i", str(final_name(index, connection.dialect)), bool(index.unique), columns)
    for constraint in model.constraints:
        name = final_name(constraint, connection.dialect)
        type_ = next((letter for sort, letter in _TYPES.items() if isinstance(constraint, sort)), None)
        if name and type_:
            columns = ()
            if isinstance(constraint, ColumnCollectionConstraint):
                columns = tuple(column.name for column in constraint.columns)
            yield _Expected(type_, str(name), False, columns)
