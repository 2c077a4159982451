"""Graphs of tables and entities, and what they are as SQL and as models.

A graph is a value: its nodes by name, in an order in which they can be made. Texts are chosen so that PostgreSQL prints
them alike before and after a change of type: numbers are `integer` or `bigint`, times `date` or `timestamp`, functions
take `numeric`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

TYPES = {
    "integer": ("number", "sa.Integer"),
    "bigint": ("number", "sa.BigInteger"),
    "date": ("time", "sa.Date"),
    "timestamp": ("time", "sa.DateTime"),
}
OTHER = {"integer": "bigint", "bigint": "integer", "date": "timestamp", "timestamp": "date"}


WORD = "'{0[1]}'::{0[0]}"


class Ref(NamedTuple):
    """A column of a relation; `wrap` is a template around it (`{} + 1`), `call` a function around that.

    With the template WORD it is a value of an enumerated type.
    """

    relation: str
    column: str
    wrap: str = "{}"
    call: str | None = None


@dataclass(frozen=True)
class Table:
    """`columns` are types by name, beside the key `id`."""

    name: str
    columns: Mapping[str, str]

    @property
    def ddl(self) -> str:
        """The statement without which it would not be there."""
        columns = "".join(f", {name} {type_}" for name, type_ in self.columns.items())
        return f"create table {self.name} (id integer not null primary key{columns});"

    def model(self, parts: Sequence[Part]) -> str:
        """The same for SQLAlchemy, with its parts that are declared apart."""
        defaults = {
            part.column: f", server_default=sa.text('{part.value}')" for part in parts if part.sort == "default"
        }
        columns = [
            f'sa.Column("{name}", {TYPES[type_][1]}{defaults.get(name, "")})' for name, type_ in self.columns.items()
        ]
        key = 'sa.Column("id", sa.Integer, primary_key=True, autoincrement=False)'
        others = [part.model for part in parts if part.sort != "default"]
        return f'sa.Table("{self.name}", Base.metadata, {", ".join([key, *columns, *others])})\n'


@dataclass(frozen=True)
class Part:
    """What a table has that calls a function: the `default` of a column, a `check` or an `index`."""

    name: str
    table: str
    sort: str
    column: str
    call: str
    least: int = 1

    @property
    def value(self) -> str:
        """The expression."""
        match self.sort:
            case "default":
                return f"{self.call}({self.least})"
            case "check":
                return f"{self.call}({self.column}) > {self.least}"
        return f"{self.call}({self.column})"

    @property
    def ddl(self) -> str:
        """The statement that adds it."""
        match self.sort:
            case "default":
                return f"alter table {self.table} alter column {self.column} set default {self.value};"
            case "check":
                return f"alter table {self.table} add constraint {self.name} check ({self.value});"
        return f"create index {self.name} on {self.table} ({self.value});"

    @property
    def model(self) -> str:
        """The same as an argument of `sa.Table`."""
        if self.sort == "check":
            return f"sa.CheckConstraint('{self.value}', name='{self.name}')"
        return f"sa.Index('{self.name}', sa.text('{self.value}'))"


@dataclass(frozen=True)
class Words:
    """An enumerated type."""

    name: str
    values: tuple[str, ...]

    @property
    def ddl(self) -> str:
        """Its definition."""
        return f"create type {self.name} as enum ({', '.join(map(repr, self.values))});"


@dataclass(frozen=True)
class View:
    """A view or a materialized one; a column without a Ref is a null of its family."""

    name: str
    materialized: bool
    sources: tuple[str, ...]
    columns: Mapping[str, tuple[str, Ref | None]]
    condition: tuple[str, Ref] | None = None
    least: int = 0

    @property
    def ddl(self) -> str:
        """Its definition."""
        listed = ", ".join(f"{_value(ref, family)} as {name}" for name, (family, ref) in self.columns.items())
        tables = " cross join ".join(self.sources)
        where = f" where {_test(*self.condition, self.least)}" if self.condition else ""
        kind = "materialized view" if self.materialized else "view"
        return f"create {kind} {self.name} as select {listed}{f' from {tables}' if tables else ''}{where};"


@dataclass(frozen=True)
class Function:
    """`f(n numeric)`, which may read a relation and call another function."""

    name: str
    atomic: bool
    returns: str = "integer"
    argument: str = "n"
    constant: int = 1
    volatility: str = "immutable"
    reads: str | None = None
    column: str | None = None
    calls: str | None = None

    @property
    def ddl(self) -> str:
        """Its definition; a body that is text reads no column."""
        tests = [f"{self.calls}({self.argument}) > 0"] if self.calls and self.atomic else []
        tests += [f"{self.column} is not null"] if self.column and self.atomic else []
        where = f" where {' and '.join(tests)}" if tests else ""
        source = f" from public.{self.reads}" if self.reads else ""  # rows are read with a search_path without it
        select = f"select (count(*) + {self.constant})::{self.returns}{source}{where}"
        body = f"begin atomic {select}; end" if self.atomic else f"as '{select}'"
        head = f"create function {self.name}({self.argument} numeric) returns {self.returns}"
        return f"{head} language sql {self.volatility} {body};"


@dataclass(frozen=True)
class Trigger:
    """On a table, for some columns, when one of them is so."""

    name: str
    table: str
    columns: tuple[str, ...]
    when: str | None

    @property
    def ddl(self) -> str:
        """Its definition."""
        listed = f" of {', '.join(self.columns)}" if self.columns else ""
        when = f" when (new.{self.when} is not null)" if self.when else ""
        return (
            f"create trigger {self.name} before update{listed} on {self.table} for each row{when}"
            " execute function stamp();"
        )


@dataclass(frozen=True)
class Policy:
    """On a table, by one of its columns."""

    name: str
    table: str
    ref: Ref
    least: int = 0

    @property
    def ddl(self) -> str:
        """Its definition."""
        return (
            f"create policy {self.name} on {self.table} using ({_value(self.ref)} is not null and id > {self.least});"
        )


Node = Table | Part | Words | View | Function | Trigger | Policy
Graph = Mapping[str, Node]
STAMP = "create function stamp() returns trigger language plpgsql as 'begin return new; end';"


@dataclass(frozen=True)
class Story:
    """A graph, what became of it, what was made by hand in between, and what has another name now."""

    before: Graph
    after: Graph
    production: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def answers(self) -> list[str]:
        """As `--rename` takes them."""
        return [f"{old}:{new}" for old, new in self.names.items()]

    @property
    def production_after(self) -> str:
        """What was made by hand, by the new names."""
        return re.sub(r"\w+", lambda word: self.names.get(word[0], word[0]), self.production)

    def files(self) -> dict[str, str]:
        """As the folder of a case has them (see test_production.py)."""
        return {
            "models.py": models(self.before),
            "models_after.py": models(self.after),
            "before.sql": entities(self.before),
            "after.sql": entities(self.after),
            "production.sql": self.production,
            "production_after.sql": self.production_after,
            "answers": "\n".join(self.answers),
        }

    @property
    def is_change(self) -> bool:
        """Whether something is declared otherwise."""
        return (models(self.before), entities(self.before)) != (models(self.after), entities(self.after))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(f"\n{self}")  # hypothesis would print every field

    def __str__(self) -> str:
        return "\n".join(f"--- {name}\n{text}" for name, text in self.files().items())


def models(graph: Graph) -> str:
    """The tables as a module."""
    parts = [node for node in graph.values() if isinstance(node, Part)]
    tables = "".join(
        node.model([part for part in parts if part.table == name])
        for name, node in graph.items()
        if isinstance(node, Table)
    )
    return f"import sqlalchemy as sa\n\n\nclass Base:\n    metadata = sa.MetaData()\n\n\n{tables}"


def entities(graph: Graph) -> str:
    """The entities, the last one first: their order is not the user's business."""
    found = [node.ddl for node in graph.values() if not isinstance(node, Table | Part)]
    return "\n".join([*reversed(found), STAMP]) + "\n"


def by_hand(graph: Graph) -> str:
    """Everything, in an order that works."""
    return "\n".join([STAMP, *(node.ddl for node in graph.values())])


def _value(ref: Ref | None, family: str = "number") -> str:
    if ref is None:
        return "null::integer" if family == "number" else "null::date"
    value = ref.wrap.format(ref if ref.wrap == WORD else f"{ref.relation}.{ref.column}")
    return f"{ref.call}({value})" if ref.call else value


def _test(family: str, ref: Ref, least: int) -> str:
    return f"{_value(ref)} > {least}" if family == "number" else f"{_value(ref)} is not null"


# -- graphs -----------------------------------------------------------------------------------------------------------


def columns_of(node: Node) -> dict[str, str]:
    """The columns of a relation and the family of each; of anything else none."""
    if isinstance(node, Table):
        return {name: TYPES[type_][0] for name, type_ in node.columns.items()}
    return {name: family for name, (family, _) in node.columns.items()} if isinstance(node, View) else {}


def relations(graph: Graph) -> list[str]:
    return [name for name, node in graph.items() if isinstance(node, Table | View)]


def functions(graph: Graph) -> list[str]:
    return [name for name, node in graph.items() if isinstance(node, Function)]


def depth(graph: Graph, name: str) -> int:
    """How many views deep a node is."""
    node = graph[name]
    below: list[str] = []
    if isinstance(node, View):
        below = [*node.sources, *(ref.call for _, ref in node.columns.values() if ref and ref.call)]
        below += [node.condition[1].call] if node.condition and node.condition[1].call else []
    elif isinstance(node, Function):
        below = [*filter(None, (node.reads, node.calls))] if node.atomic else []
    return 1 + max((depth(graph, name) for name in below), default=-1)


def without(graph: Graph, gone: Callable[[str, str | None], bool]) -> Graph:
    """The graph where nothing refers any more to what is gone: a relation's column, or (with None) all of a node."""

    def kept(ref: Ref | None) -> Ref | None:
        if ref is None or gone(ref.relation, None) or gone(ref.relation, ref.column):
            return None
        return ref._replace(call=None) if ref.call and gone(ref.call, None) else ref

    return dict(_rewritten(graph, gone, kept))


def renamed(graph: Graph, old: str, new: str) -> Graph:
    """The graph where a node has another name, and whatever refers to it says so."""

    def name(known: str) -> str:
        return new if known == old else known

    def optional(known: str | None) -> str | None:
        return known and name(known)

    def ref(known: Ref | None) -> Ref | None:
        return known and known._replace(relation=name(known.relation), call=optional(known.call))

    def rewritten(node: Node) -> Node:
        match node:
            case View():
                columns = {c: (family, ref(value)) for c, (family, value) in node.columns.items()}
                condition = node.condition and (node.condition[0], ref(node.condition[1]) or node.condition[1])
                sources = tuple(map(name, node.sources))
                return replace(node, name=name(node.name), sources=sources, columns=columns, condition=condition)
            case Function():
                return replace(node, name=name(node.name), reads=optional(node.reads), calls=optional(node.calls))
            case Part():
                return replace(node, table=name(node.table), call=name(node.call))
            case Policy():
                return replace(node, table=name(node.table), ref=ref(node.ref) or node.ref)
            case Trigger():
                return replace(node, table=name(node.table))
            case Table() | Words():
                return replace(node, name=name(node.name))

    return {name(known): rewritten(node) for known, node in graph.items()}


def _rewritten(
    graph: Graph, gone: Callable[[str, str | None], bool], kept: Callable[[Ref | None], Ref | None]
) -> Iterator[tuple[str, Node]]:
    for name, node in graph.items():
        match node:
            case _ if gone(name, None):
                continue
            case View():
                columns = {c: (family, kept(ref)) for c, (family, ref) in node.columns.items() if not gone(name, c)}
                sources = tuple(source for source in node.sources if not gone(source, None))
                family, tested = node.condition or ("", None)
                condition = (family, still) if (still := kept(tested)) else None
                yield name, replace(node, columns=columns, sources=sources, condition=condition)
            case Table():
                yield name, Table(name, {c: type_ for c, type_ in node.columns.items() if not gone(name, c)})
            case Function(reads=reads, calls=calls, column=column):
                reads = None if reads and gone(reads, None) else reads
                column = None if not reads or (column and gone(reads, column)) else column
                calls = None if calls and gone(calls, None) else calls
                yield name, replace(node, reads=reads, calls=calls, column=column)
            case Part(table=table, column=column, call=call):
                if not gone(table, column) and not gone(call, None):
                    yield name, node
            case Words():
                yield name, node
            case Policy(ref=ref):
                yield name, replace(node, ref=kept(ref) or Ref(node.table, "id"))
            case Trigger(table=table, when=when):
                listed = tuple(c for c in node.columns if not gone(table, c))
                yield name, replace(node, columns=listed, when=None if when and gone(table, when) else when)
