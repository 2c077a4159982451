"""Columns as models say them: their types to the letter, defaults, identity and comments.

https://docs.sqlalchemy.org/en/21/core/metadata.html#sqlalchemy.schema.Column
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import ARRAY, Column, Connection
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import CompileError
from sqlalchemy.types import Enum, NullType, String, UserDefinedType

Row = Mapping[str, Any]
Key = TypeVar("Key", bound=Hashable)

_PARAMETER = re.compile(r"(?<![:\w\\]):(?=\w+(?!:))")  # as sqlalchemy.text() finds them

# What an identity column's sequence is where nothing is said of it; its greatest value is that of the column's type.
_USUAL = {"start": 1, "increment": 1, "minvalue": 1, "cycle": False, "cache": 1}
_GREATEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1, "bigint": 2**63 - 1}


class Named(UserDefinedType[Any]):
    """A type that SQLAlchemy has no class for, by its name in SQL: a composite type, one of an extension."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: Any) -> str:
        """The name."""
        return self.name


def escaped(sql: str) -> str:
    """SQL as `sqlalchemy.text()` wants it, which takes `:name` for a parameter and a backslash before a colon away."""
    return _PARAMETER.sub(r"\:", sql.replace("\\:", "\\\\:"))


def text(sql: str) -> str:
    """`text("…")`, in Python."""
    return f"text({escaped(sql)!r})"


# -- types ------------------------------------------------------------------------------------------------------------


def exact_types(connection: Connection, columns: Mapping[Key, tuple[Row, Any]]) -> dict[Key, Any]:
    """The type of each column, from what the catalogs say and SQLAlchemy has read, such that it makes the same column.

    What SQLAlchemy has no class for, or reads as something else, becomes `Named`. Domains are by their name: what they
    are made of is said once, where they are declared.
    """
    made = {key: _domain(row, type_) or _collated(row, type_) for key, (row, type_) in columns.items()}
    specs = {key: _spec(type_, connection) for key, type_ in made.items()}
    meant = _formatted(connection, sorted({spec for spec in specs.values() if spec}))
    for key, (row, _) in columns.items():
        if not isinstance(made[key], DOMAIN) and meant.get(specs[key]) != row["type"]:
            made[key] = Named(row["type"])
    return made


def _domain(row: Row, type_: Any) -> Any:
    if not row["named"]:
        return None
    schema, name = row["named"]
    return DOMAIN(name, _plain(type_), schema=schema, create_type=False)


def _plain(type_: Any) -> Any:
    """What a domain is made of, at the bottom, without collations."""
    if isinstance(type_, DOMAIN):
        return _plain(type_.data_type)
    if isinstance(type_, ARRAY):
        return type(type_)(_plain(type_.item_type))
    if isinstance(type_, String) and not isinstance(type_, Enum):
        return type(type_)(length=type_.length)
    return type_


def _collated(row: Row, type_: Any) -> Any:
    if isinstance(type_, ARRAY):
        item: Any = type_.item_type
        is_domain = isinstance(item, DOMAIN)
        return type(type_)(_domain({"named": (item.schema, item.name)}, item) if is_domain else _collated(row, item))
    if hasattr(type_, "collation"):
        type_.collation_schema, type_.collation = row["collation"] or (None, None)
    return type_


def _spec(type_: Any, connection: Connection) -> str:
    """The type in SQL, without its collation; empty where SQLAlchemy has none."""
    if isinstance(type_, NullType | DOMAIN):
        return ""
    try:
        spec = str(type_.compile(connection.dialect)).replace("%%", "%")
    except CompileError:
        return ""
    return spec.partition(" COLLATE ")[0]


_MOST = 1000  # columns of one query; PostgreSQL has 1,664
_FORMATTED = "select format_type(o::oid, m) from unnest(%s::int8[], %s::int4[]) with ordinality u(o, m, n) order by n"


def _formatted(connection: Connection, specs: Sequence[str]) -> dict[str, str]:
    """What the server makes of types in SQL, each as `format_type` prints it."""
    found: dict[str, str] = {"": ""}
    for first in range(0, len(specs), _MOST):
        some = specs[first : first + _MOST]
        asked = "select " + ", ".join(f"null::{spec}" for spec in some)
        result: Any = connection.exec_driver_sql(asked, execution_options={"no_parameters": True})
        described = [(column._ftype, column._fmod) for column in result.cursor.description]
        result.close()
        rows = connection.exec_driver_sql(_FORMATTED, ([oid for oid, _ in described], [mod for _, mod in described]))
        found |= dict(zip(some, rows.scalars(), strict=True))
    return found


# -- columns ----------------------------------------------------------------------------------------------------------


def column(row: Row, type_: Any, table: Row) -> Column[Any]:
    """One column; its `info` has the arguments behind its type, and the named ones, as Python."""
    key: list[str] = next((one["columns"] for one in table["constraints"] or () if one["type"] == "p"), [])
    args: list[str] = []
    kwargs: dict[str, str] = {}
    is_serial = row["name"] in key and _is_serial(row)
    if row["generated"]:
        args.append(f"Computed({escaped(row['default'])!r}, persisted={row['generated'] == 's'})")
    elif row["identity"]:
        args.append(_identity(row))
    elif row["default"] and not is_serial:
        kwargs["server_default"] = text(row["default"])
    if row["name"] in key:
        kwargs["primary_key"] = "True"
        if is_serial and (len(key) > 1 or _refers(row, table)):
            kwargs["autoincrement"] = "True"
        elif len(key) == 1 and not is_serial and not row["default"] and not row["identity"]:
            kwargs |= {"autoincrement": "False"} if row["type"] in _GREATEST else {}
    if row["comment"]:
        kwargs["comment"] = repr(row["comment"])
    info = {"args": args, "kwargs": kwargs}
    return Column(row["name"], type_, nullable=not row["not null"], primary_key=row["name"] in key, info=info)


def _is_serial(row: Row) -> bool:
    """Whether SQLAlchemy would make the same: an integer column with a sequence of its own behind it."""
    sequence = row["sequence"]
    return bool(
        sequence
        and sequence["kind"] == "a"
        and row["type"] in _GREATEST
        and row["default"] == f"nextval({_quoted(sequence['name'])}::regclass)"
    )


def _quoted(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _refers(row: Row, table: Row) -> bool:
    return any(one["type"] == "f" and row["name"] in one["columns"] for one in table["constraints"] or ())


def _identity(row: Row) -> str:
    usual = _USUAL | {"maxvalue": _GREATEST[row["type"]]} if row["type"] in _GREATEST else _USUAL
    given = {name: row["sequence"][name] for name in (*_USUAL, "maxvalue")}
    said = {name: value for name, value in given.items() if value != usual.get(name)}
    options = ({"always": True} if row["identity"] == "a" else {}) | said
    return f"Identity({', '.join(f'{name}={value!r}' for name, value in options.items())})"
