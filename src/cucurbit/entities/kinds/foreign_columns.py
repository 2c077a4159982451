"""The columns and constraints of a foreign table, as pieces of SQL that can be compared and altered one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cucurbit.entities.kinds.foreign_options import Options, options_change, options_of, options_text
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields, len_of_name, offset, parse
from cucurbit.sql.pieces import find, listed

# What ALTER COLUMN can set and drop; NULL is how a column is without it.
_DEFAULT, _NOT_NULL, _NULL = "CONSTR_DEFAULT", "CONSTR_NOTNULL", "CONSTR_NULL"
_ATTRIBUTE = "CONSTR_ATTR_"


@dataclass(frozen=True)
class Column:
    """`constraints` are the words of each by its sort and name, `type` is empty for a column of a partition."""

    name: str
    type: str
    collation: str
    options: Options
    constraints: dict[tuple[str, str], str]

    @property
    def sql(self) -> str:
        """The column as it stands in CREATE and in ADD COLUMN."""
        words = [quote(self.name), self.type + options_text(self.options), self.collation]
        return " ".join(filter(None, [*words, *(self.constraints[key] for key in sorted(self.constraints))])).strip()

    def alterations(self, old: Column) -> list[str] | None:
        """The actions of ALTER FOREIGN TABLE that make it of `old`; None where there are none for a difference."""
        before, after = dict(old.constraints), dict(self.constraints)
        default, was = after.pop((_DEFAULT, ""), None), before.pop((_DEFAULT, ""), None)
        required, was_required = after.pop((_NOT_NULL, ""), None), before.pop((_NOT_NULL, ""), None)
        if before != after:
            return None
        changes = []
        if (self.type, self.collation) != (old.type, old.collation):
            changes.append(f"TYPE {self.type} {self.collation}".strip())
        if default != was:
            changes.append(f"SET {default}" if default else "DROP DEFAULT")
        if required != was_required:
            changes.append(f"{'SET' if required else 'DROP'} NOT NULL")
        changes += filter(None, [options_change(old.options, self.options).strip()])
        return [f"ALTER COLUMN {quote(self.name)} {change}" for change in changes]


@dataclass(frozen=True)
class Shape:
    """A foreign table's statement in pieces.

    `head` is all before the list of columns, `tail` what stands between that and SERVER: parents, or a partition's
    bounds. `constraints` are those of the table with a name, by it, and `nameless` the others.
    """

    head: str
    columns: dict[str, Column]
    constraints: dict[str, str]
    nameless: list[str]
    tail: str
    server: str
    is_partition: bool
    options: Options = field(default_factory=dict)

    @property
    def sql(self) -> str:
        """The statement, written out."""
        elements = [column.sql for column in self.columns.values()]
        elements += [*(self.constraints[name] for name in sorted(self.constraints)), *sorted(self.nameless)]
        columns = "" if self.is_partition and not elements else f" ({', '.join(elements)})"
        tail = f" {self.tail}" if self.tail else ""
        return f"{self.head}{columns}{tail} SERVER {quote(self.server)}{options_text(self.options)}"

    @property
    def names(self) -> list[str]:
        """The names of all constraints that have one."""
        of_columns = (name for column in self.columns.values() for _, name in column.constraints)
        return [*self.constraints, *filter(None, of_columns)]

    def alterations(self, old: Shape) -> list[str] | None:
        """The actions of ALTER FOREIGN TABLE that make it of `old`; None where it has to be made anew.

        PostgreSQL appends what is added, so columns stay in place only where new ones come last.
        """
        fixed = ("head", "tail", "server", "is_partition")
        kept = [name for name in old.columns if name in self.columns]
        if any(getattr(old, name) != getattr(self, name) for name in fixed) or list(self.columns)[: len(kept)] != kept:
            return None
        if set(old.nameless) - set(self.nameless) or (self.is_partition and list(self.columns) != list(old.columns)):
            return None
        gone = [name for name, text in old.constraints.items() if self.constraints.get(name) != text]
        actions = [f"DROP CONSTRAINT {quote(name)}" for name in gone]
        actions += [f"DROP COLUMN {quote(name)}" for name in old.columns if name not in self.columns]
        for name in kept:
            altered = self.columns[name].alterations(old.columns[name])
            if altered is None:
                return None
            actions += altered
        actions += [f"ADD COLUMN {column.sql}" for name, column in self.columns.items() if name not in kept]
        actions += [f"ADD {text}" for name, text in self.constraints.items() if old.constraints.get(name) != text]
        actions += [f"ADD {text}" for text in self.nameless if text not in old.nameless]
        return [*actions, *filter(None, [options_change(old.options, self.options).strip()])]


def shape(text: str) -> Shape:
    """The pieces of a canonical CREATE FOREIGN TABLE."""
    fields = parse(text).fields
    base: Fields = fields["base"]
    parents = [parent["RangeVar"] for parent in base.get("inhRelations", ())]
    is_partition = "partbound" in base
    last = parents[0] if is_partition else base["relation"]
    head = offset(text, last["location"])
    head += len_of_name(text[head:])
    nodes: list[Fields] = base.get("tableElts", [])
    elements, end = listed(text, head) if nodes or not is_partition else ([], head)
    columns, named, nameless = {}, {}, []
    for element, node in zip(elements, nodes, strict=True):
        if "ColumnDef" in node:
            columns[node["ColumnDef"]["colname"]] = _column(node["ColumnDef"], element)
        elif "conname" in node["Constraint"]:
            named[node["Constraint"]["conname"]] = element
        else:
            nameless.append(element)
    tail = text[end : find(text, "SERVER", end)].strip()
    server = fields["servername"]
    return Shape(text[:head], columns, named, nameless, tail, server, is_partition, options_of(fields))


def _column(node: Fields, element: str) -> Column:
    """The tree's positions are those in another text, so the element is read again, as a table of one column."""
    if "typeName" not in node:  # of a partition, which has its type from its parent
        prefix = "CREATE TABLE t PARTITION OF p ("
        text = f"{prefix}{element}) DEFAULT"
        again = parse(text).fields
    else:
        prefix = "CREATE FOREIGN TABLE t ("
        text = f"{prefix}{element}) SERVER s"
        again = parse(text).fields["base"]
    column: Fields = again["tableElts"][0]["ColumnDef"]
    stop = len(prefix) + len(element)
    starts = list(_starts(column, text, len(prefix)))
    ends = [start for start, *_ in starts[1:]] + [stop]
    type_, collation = "", ""
    constraints: dict[tuple[str, str], str] = {}
    last: tuple[str, str] | None = None
    for (start, sort, name), end in zip(starts, ends, strict=True):
        words = text[start:end].strip()
        if sort == "type":
            type_ = words
        elif sort == "collation":
            collation = words
        elif sort.startswith(_ATTRIBUTE) and last:
            constraints[last] += f" {words}"
        elif sort not in ("options", _NULL):
            last = (sort, name or (words if sort not in (_DEFAULT, _NOT_NULL) else ""))
            constraints[last] = words
    return Column(node["colname"], type_, collation, options_of(column, "fdwoptions"), constraints)


def _starts(column: Fields, text: str, start: int) -> Iterator[tuple[int, str, str]]:
    """Where the pieces of a column begin, in their order, with what each is and is called."""
    found: list[tuple[int, str, str]] = []
    at: Any = offset
    if "typeName" in column:
        found.append((at(text, column["typeName"]["location"]), "type", ""))
    if "fdwoptions" in column:
        opening = find(text, "OPTIONS", start + len_of_name(text[start:]), depth=1)
        found += [] if opening is None else [(opening, "options", "")]
    if "collClause" in column:
        found.append((at(text, column["collClause"]["location"]), "collation", ""))
    for item in column.get("constraints", ()):
        constraint = item["Constraint"]
        found.append((at(text, constraint["location"]), constraint["contype"], constraint.get("conname", "")))
    yield from sorted(found)
