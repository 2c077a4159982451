"""The types of `sqlalchemy.Enum` columns, as entities: a migration makes them before their tables."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import AppError, Place
from cucurbit.sql.names import literal, qualify

if TYPE_CHECKING:
    from sqlalchemy import Column, Enum, MetaData


def enums(metadata: Sequence[MetaData], home: str) -> Iterator[Entity]:
    """One entity for each named type of the models.

    Raises AppError for a column whose type has no name, or another column's type of the same name with other values.
    """
    found: dict[Identity, Entity] = {}
    for data in metadata:
        for table in data.tables.values():
            for column in table.columns:
                if (type_ := native_enum(column.type)) is not None:
                    entity = _entity(type_, column, home)
                    known = found.setdefault(entity.identity, entity)
                    if known.canonical != entity.canonical:
                        raise AppError(
                            f"column {column} has {entity.canonical}, and another column has {known.canonical}",
                            hint="Use one Enum for both, or give them different names.",
                        )
    yield from found.values()


def native_enum(type_: Any) -> Enum | None:
    """The enum that a column's type is, or is an array of; None where it is no type of PostgreSQL's own."""
    from sqlalchemy import ARRAY, Enum, TypeDecorator

    if isinstance(type_, TypeDecorator):
        return native_enum(type_.impl)
    if isinstance(type_, ARRAY):
        return native_enum(type_.item_type)
    return type_ if isinstance(type_, Enum) and type_.native_enum else None


def _entity(type_: Enum, column: Column[Any], home: str) -> Entity:
    if not type_.name:
        raise AppError(
            f"the Enum of column {column} has no name",
            hint="PostgreSQL's types have one: Enum(…, name='order_status')",
        )
    schema = type_.schema or (type_.metadata.schema if type_.metadata is not None else None)
    names = (schema, str(type_.name)) if schema else (str(type_.name),)
    values = ", ".join(literal(str(value)) for value in type_.enums)
    sql = f"create type {qualify(names)} as enum ({values})"
    return Entity.from_sql(sql, schema=home, origin=_origin(type_)).at_home(home, _app(type_))


def _origin(type_: Enum) -> Place | None:
    """Where the Python enum class stands, if there is one."""
    cls = type_.enum_class
    if cls is None:
        return Place("models")
    try:
        file, line = inspect.getsourcefile(cls), inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return Place("models")
    path = Path(file or "models")
    return Place(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path), line)


def _app(type_: Enum) -> str | None:
    return None if type_.enum_class is None else type_.enum_class.__module__.split(".")[0]
