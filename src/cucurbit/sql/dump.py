"""The statements of a `pg_dump`, each with its tree, and what the ones about tables do.

https://www.postgresql.org/docs/current/app-pgdump.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cucurbit.errors import Place, SqlError
from cucurbit.sql.names import quote
from cucurbit.sql.parse import Fields, Node, parse

Relation = tuple[str, str]

# What a table is made with where no statement says it, and what that is at first.
_STORAGE = {"default_tablespace": "''", "default_table_access_method": "heap"}

PLACE = Place("pg_dump")

_SETTING = re.compile(r"SET (\w+) = (.*)\Z", re.DOTALL)
_SESSION = re.compile(r"(?:SET|RESET) SESSION AUTHORIZATION(?: (?:DEFAULT|(.*)))?\Z", re.DOTALL)


@dataclass(frozen=True)
class Dumped:
    """One statement, as it stands; `settings` are those of the session that speak for it, `grantor` who is to say it.

    Both are empty where a migration says it as `pg_dump` does.
    """

    sql: str
    settings: tuple[str, ...] = ()
    grantor: str = ""

    @cached_property
    def node(self) -> Node:
        """The statement's tree."""
        return parse(self.sql, PLACE)

    @property
    def text(self) -> str:
        """All of it, to be compared."""
        return "\n".join([*self.settings, *([f"-- as {self.grantor}"] if self.grantor else []), self.sql])


@dataclass(frozen=True)
class Part:
    """What a statement makes of a table: a sign and a sentence, and the statements that take it back.

    `made` is what it makes, None for the table itself; `attached` a relation that goes with another from then on.
    """

    table: tuple[str, ...]
    what: str
    undo: tuple[str, ...] = ()
    made: Relation | None = None
    attached: Relation | None = None


def statements(text: str) -> list[Dumped]:
    """The statements of a dump that define something, in their order. Raises SqlError for text that is none."""
    from pglast import parser

    text = _without_frame(text)
    try:
        slices = parser.split(text, with_parser=True, only_slices=True)
    except parser.ParseError as error:
        raise SqlError(f"the output of pg_dump cannot be read: {error.args[0]}") from None
    return list(_with_settings(text[piece] for piece in slices))


def _without_frame(text: str) -> str:
    r"""The text without `\restrict KEY` and `\unrestrict KEY`, which newer releases put around it."""
    head, found, rest = text.partition("\n\\restrict ")
    if not found or any(line and not line.startswith("--") for line in head.split("\n")):
        return text
    key, _, rest = rest.partition("\n")
    body, _, tail = rest.rpartition(f"\n\\unrestrict {key}\n")
    return f"{head}\n{body}\n{tail}"


def _with_settings(found: Iterator[str]) -> Iterator[Dumped]:
    settings: dict[str, str] = {}
    grantor = ""
    for sql in found:
        if (setting := _SETTING.match(sql)) is not None:
            name, value = setting.groups()
            if name in _STORAGE:
                settings = {**settings, name: value}
        elif (session := _SESSION.match(sql)) is not None:
            grantor = session[1] or ""
        elif not sql.startswith("SELECT pg_catalog.set_config("):
            made = Dumped(sql, (), grantor)
            changed = [(name, value) for name, value in settings.items() if value != _STORAGE[name]]
            if changed:
                own = (f"SET LOCAL {name} = {value}" for name, value in changed if _is_stored(made.node, name))
                made = Dumped(sql, tuple(own), grantor)
            yield made


def _is_stored(node: Node, setting: str) -> bool:
    if node.tag == "CreateStmt":
        return setting == "default_tablespace" or "partspec" not in node.fields
    return node.tag in ("CreateTableAsStmt", "IndexStmt") or (
        node.tag == "AlterTableStmt" and setting == "default_tablespace" and _adds(node, "AT_AddConstraint")
    )


def _adds(node: Node, sort: str) -> bool:
    return any(command["AlterTableCmd"]["subtype"] == sort for command in node.fields.get("cmds", ()))


def reset(settings: Sequence[str]) -> list[str]:
    """The statements that bring the settings of a statement back to what they are for all others."""
    names = (setting.split(" ")[2] for setting in settings)
    return [f"SET LOCAL {name} = {_STORAGE[name]}" for name in names]


# -- what is about tables ---------------------------------------------------------------------------------------------


def names_in(node: Node) -> tuple[str, ...]:
    """The name of what a statement is about, as far as it is one that is not read; else empty."""
    fields = node.fields.get("base", node.fields)
    if "relname" in (relation := fields.get("relation") or {}):
        return _relation(relation)
    for name in ("opfamilyname", "cfgname"):
        if name in fields:
            return tuple(part["String"]["sval"] for part in fields[name])
    found = (fields[name] for name in ("pubname", "subname", "servername", "fdwname") if name in fields)
    return tuple(found)[:1]


def created_table(node: Node) -> Relation | None:
    """The table that a statement creates, None for any other statement."""
    return _relation(node.fields["relation"]) if node.tag == "CreateStmt" else None


def may_be_flag(node: Node) -> bool:
    """Whether a statement that alters a table may be one of an entity: ENABLE ROW LEVEL SECURITY is."""
    return node.tag == "AlterTableStmt"


def part_of_table(node: Node, tables: set[Relation]) -> Part | None:
    """What a statement makes of one of these tables, None for any other statement."""
    reader = _READERS.get(node.tag)
    return reader(node, tables) if reader else None


def _relation(tree: Fields) -> Relation:
    return tree.get("schemaname", ""), tree["relname"]


def _said(relation: Relation) -> str:
    return ".".join(relation)


def _sql(relation: Relation) -> str:
    return ".".join(map(quote, relation))


def _table(node: Node, tables: set[Relation]) -> Part:
    table = _relation(node.fields["relation"])
    return Part(table, f"+ Create table {_said(table)}", (f"DROP TABLE {_sql(table)}",))


def _index(node: Node, tables: set[Relation]) -> Part | None:
    table = _relation(node.fields["relation"])
    if table not in tables:
        return None
    index = (table[0], node.fields["idxname"])
    return Part(table, f"+ Create index {index[1]} on {_said(table)}", (f"DROP INDEX {_sql(index)}",), index)


def _sequence(node: Node, tables: set[Relation]) -> Part | None:
    """One that a column owns, which takes it along."""
    for option in node.fields.get("options", ()):
        if option["DefElem"]["defname"] == "owned_by":
            names = [part["String"]["sval"] for part in option["DefElem"]["arg"]["List"]["items"]]
            if tuple(names[:-1]) in tables:
                sequence = _relation(node.fields["sequence"])
                return Part(
                    (names[0], names[1]), f"~ Give sequence {_said(sequence)} to column {names[2]}", (), sequence
                )
    return None


def _altered(node: Node, tables: set[Relation]) -> Part | None:
    """ALTER TABLE with one command, or ALTER INDEX … ATTACH PARTITION."""
    relation = _relation(node.fields["relation"])
    command: dict[str, Any] = node.fields["cmds"][0]["AlterTableCmd"]
    sort, sql = command["subtype"], _sql(relation)
    if sort == "AT_AttachPartition":
        other = _relation(command["def"]["PartitionCmd"]["name"])
        return _attached(relation, other, tables, is_index=node.fields.get("objtype") == "OBJECT_INDEX")
    if relation not in tables:
        return None
    column = command.get("name", "")
    if sort == "AT_AddConstraint":
        constraint = command["def"]["Constraint"]
        name = constraint.get("conname", "")
        goes = constraint["contype"] in ("CONSTR_FOREIGN", "CONSTR_CHECK")  # others go with the table
        undo = (f"ALTER TABLE {sql} DROP CONSTRAINT {quote(name)}",) if goes else ()
        return Part(relation, f"+ Create constraint {name} on {_said(relation)}", undo)
    if sort == "AT_ColumnDefault":
        undo = (f"ALTER TABLE ONLY {sql} ALTER COLUMN {quote(column)} DROP DEFAULT",)
        return Part(relation, f"~ Set default of column {column} of {_said(relation)}", undo)
    return Part(relation, f"~ Alter {f'column {column} of ' if column else 'table '}{_said(relation)}")


def _attached(relation: Relation, other: Relation, tables: set[Relation], *, is_index: bool) -> Part | None:
    if is_index:
        return Part(relation, f"~ Attach index {_said(other)} to {_said(relation)}", attached=other)
    if not {relation, other} <= tables:  # a foreign table says itself of what it is a partition
        return None
    undo = (f"ALTER TABLE {_sql(relation)} DETACH PARTITION {_sql(other)}",)
    return Part(relation, f"~ Attach partition {_said(other)} to {_said(relation)}", undo)


_READERS: dict[str, Callable[[Node, set[Relation]], Part | None]] = {
    "CreateStmt": _table,
    "IndexStmt": _index,
    "AlterSeqStmt": _sequence,
    "AlterTableStmt": _altered,
}
