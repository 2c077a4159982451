"""Constraints and indexes as models say them.

https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#postgresql-specific-index-options
https://docs.sqlalchemy.org/en/21/dialects/postgresql.html#postgresql-constraint-options
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Constraint, ForeignKeyConstraint, UniqueConstraint

from cucurbit.database.model_columns import Row, escaped, text
from cucurbit.sql.names import LONGEST, quote
from cucurbit.sql.pieces import find, listed

Name = tuple[str, str]

# What a models' MetaData calls parts that have no name: as PostgreSQL does. A check's name is what stands between.
CONVENTION = {
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}
_ORDERS = ("ASC", "DESC")  # what may stand behind a column of an index, and is no operator class
_CLASSES = {"u": "UniqueConstraint", "p": "PrimaryKeyConstraint"}
_ACTIONS = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}


@dataclass
class Parts:
    """What a table's model has beside its columns.

    `calls` are arguments of the table, in Python; `of_columns` such of single columns, by the column's name, `flags`
    (`unique`) as well. `keys` are what relationships are made of, `indexes` the names of those that are said.
    """

    calls: list[str] = field(default_factory=list)
    of_columns: list[tuple[str, str]] = field(default_factory=list)
    flags: list[tuple[str, str]] = field(default_factory=list)
    keys: list[Constraint] = field(default_factory=list)
    indexes: set[Name] = field(default_factory=set)


def parts(row: Row, table: Name, home: str, known: Collection[Name], without: Collection[tuple[str, ...]]) -> Parts:
    """The parts of a table that refer to no other table than those `known`, without the indexes of some names."""
    found = Parts()
    for one in row["constraints"] or ():
        match one["type"]:
            case "p" | "u":
                _key(found, one, table[1])
            case "f" if tuple(one["refers"]) in known:
                _foreign_key(found, one, table[1], home)
            case "c":
                found.calls.append(_check(one, table[1]))
            case "x":
                found.calls.append(_exclusion(one))
    for one in row["indexes"] or ():
        if (table[0], one["name"]) not in without:
            found.indexes.add((table[0], one["name"]))
            _index(found, one, table[1])
    for column in {name for name, flag in found.flags if flag == "index" and (name, "unique") in found.flags}:
        found.flags.remove((column, "index"))  # the two would be one unique index
        found.calls.append(_call("Index", [repr(_usual(table[1], [column], "idx")), repr(column)], {}))
    return found


def _key(found: Parts, one: Row, table: str) -> None:
    options: dict[str, Any] = _deferrable(one)
    options |= {"postgresql_include": one["include"]} if one["include"] else {}
    options |= {"postgresql_nulls_not_distinct": True} if one["nulls not distinct"] and one["type"] == "u" else {}
    columns = one["columns"]
    usual = f"{table}_pkey" if one["type"] == "p" else _usual(table, columns, "key")
    is_usual = one["name"] == usual and len(usual.encode()) <= LONGEST
    if one["type"] == "u":
        found.keys.append(UniqueConstraint(*columns))
    if is_usual and not options and (one["type"] == "p" or len(columns) == 1):
        found.flags += [(columns[0], "unique")] if one["type"] == "u" else []
        return
    name = {} if is_usual else {"name": one["name"]}
    found.calls.append(_call(_CLASSES[one["type"]], map(repr, columns), name | options))


def _foreign_key(found: Parts, one: Row, table: str, home: str) -> None:
    schema, referred = one["refers"]
    prefix = "" if schema == home else f"{schema}."
    targets = [f"{prefix}{referred}.{name}" for name in one["referred"]]
    options: dict[str, Any] = {}
    for option, action in (("onupdate", one["on update"]), ("ondelete", one["on delete"])):
        if action in _ACTIONS:
            options[option] = _ACTIONS[action]
    if one["set"]:
        options["ondelete"] += f" ({', '.join(map(quote, one['set']))})"
    options |= {"match": "FULL"} if one["match"] == "f" else {}
    options |= _deferrable(one)
    is_usual = one["name"] == _usual(table, one["columns"], "fkey")
    name = {} if is_usual else {"name": one["name"]}
    found.keys.append(ForeignKeyConstraint(one["columns"], targets))
    if len(targets) == 1 and one["valid"] and is_usual:
        found.of_columns.append((one["columns"][0], _call("ForeignKey", [repr(targets[0])], options)))
        return
    options |= {} if one["valid"] else {"postgresql_not_valid": True}
    found.calls.append(_call("ForeignKeyConstraint", [repr(one["columns"]), repr(targets)], name | options))


def _check(one: Row, table: str) -> str:
    start, end = f"{table}_", "_check"
    inner = one["name"].removeprefix(start).removesuffix(end)
    is_usual = inner and f"{start}{inner}{end}" == one["name"]
    name = repr(inner) if is_usual else f"conv({one['name']!r})"
    options = {} if one["valid"] else {"postgresql_not_valid": True}
    return _call("CheckConstraint", [repr(escaped(one["expression"]))], options, name=name)


def _exclusion(one: Row) -> str:
    definition: str = one["definition"]
    using = find(definition, "USING") or 0
    elements, _ = listed(definition, using)
    names = {quote(name): name for name in one["columns"] or ()}
    said = []
    for element in elements:
        expression, _, operator = element.rpartition(" WITH ")
        said.append(f"({repr(names[expression]) if expression in names else text(expression)}, {operator!r})")
    method = definition[using:].split(maxsplit=2)[1]
    where = {"where": text(one["predicate"])} if one["predicate"] else {}
    options = {} if method == "gist" else {"using": method}
    return _call("ExcludeConstraint", said, {"name": one["name"], **options, **_deferrable(one)}, **where)


def _index(found: Parts, one: Row, table: str) -> None:
    definition: str = one["definition"]
    elements, _ = listed(definition, find(definition, "USING") or 0)
    names = {quote(name): name for name in one["columns"] or ()}
    args, operators = [], {}
    for element in elements:
        column, _, operator = element.rpartition(" ")
        if element in names:
            args.append(repr(names[element]))
        elif column in names and operator not in _ORDERS and "(" not in operator:
            args.append(repr(names[column]))
            operators[names[column]] = operator
        else:
            args.append(text(element))
    options = _index_options(one) | ({"postgresql_ops": operators} if operators else {})
    where = {"postgresql_where": text(one["where"])} if one["where"] else {}
    usual = _usual(table, [names[elements[0]]], "idx") if len(elements) == 1 and elements[0] in names else ""
    if one["name"] == usual and not options and not where:
        found.flags.append((names[elements[0]], "index"))
    else:
        found.calls.append(_call("Index", [repr(one["name"]), *args], options, **where))


def _index_options(one: Row) -> dict[str, Any]:
    said = {
        "unique": one["unique"],
        "postgresql_using": one["method"] if one["method"] != "btree" else None,
        "postgresql_include": one["include"],
        "postgresql_nulls_not_distinct": one["nulls not distinct"],
        "postgresql_with": dict(option.split("=", 1) for option in one["options"] or ()),
        "postgresql_tablespace": one["tablespace"],
    }
    return {name: value for name, value in said.items() if value}


def _usual(table: str, columns: Sequence[str], label: str) -> str:
    """The name by the convention, or nothing where PostgreSQL would cut it."""
    name = f"{table}_{'_'.join(columns)}_{label}"
    return name if len(name.encode()) <= LONGEST else ""


def _deferrable(one: Row) -> dict[str, Any]:
    deferrable = {"deferrable": True} if one["deferrable"] else {}
    return deferrable | ({"initially": "DEFERRED"} if one["deferred"] else {})


def _call(called: str, args: Iterable[str], options: Mapping[str, Any], **python: str) -> str:
    """A call in Python, with values as options, and named arguments that are Python already."""
    named = {key: repr(value) for key, value in options.items()} | python
    return f"{called}({', '.join([*args, *(f'{key}={value}' for key, value in named.items())])})"
