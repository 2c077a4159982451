"""What a statement refers to: relations, routines and types, and what a body that is only text may mean.

The names are as written, so `schema` is None where none was written. Names of a WITH clause are not relations in its
scope. Bodies of functions are text to PostgreSQL until they run, so the names in them are kept apart as *mentions*:
they order changes where that does no harm, and never make a cycle.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cucurbit.sql.names import is_catalog_operator
from cucurbit.sql.parse import Fields, Name, Node, name_of, split_name, strings

_WORD = re.compile(r'"((?:[^"]|"")+)"|([^\W\d][\w$]*)')
_REG_TYPES = frozenset(
    {"regclass", "regcollation", "regconfig", "regdictionary", "regoper", "regoperator", "regproc", "regprocedure"}
    | {"regtype"}
)
# Constants of these types are names that the server resolves when the statement is run, and remembers what they name.
_REG_SORTS = {
    "regcollation": "collation",
    "regconfig": "text search configuration",
    "regdictionary": "text search dictionary",
}
# The functions whose first argument is such a name, where there is more than one.
# https://www.postgresql.org/docs/current/functions-textsearch.html
_BY_NAME = {
    "json_to_tsvector": "regconfig",
    "jsonb_to_tsvector": "regconfig",
    "phraseto_tsquery": "regconfig",
    "plainto_tsquery": "regconfig",
    "to_tsquery": "regconfig",
    "to_tsvector": "regconfig",
    "ts_debug": "regconfig",
    "ts_headline": "regconfig",
    "ts_lexize": "regdictionary",
    "websearch_to_tsquery": "regconfig",
}
_OWN_LANGUAGES = frozenset({"c", "internal", "plpgsql", "sql"})


@dataclass
class References:
    """Names by what they name. `mentions` are bare names found in bodies and in `'…'::regclass` texts.

    `others` are of other sorts, each with its sort: `("collation", "public", "german")`; the schema is empty, and not
    None, where things of the sort live in none.

    `is_open` says that it means whatever columns there are when it is run: `select *`, `natural join`.
    """

    relations: set[Name] = field(default_factory=set)
    routines: set[Name] = field(default_factory=set)
    types: set[Name] = field(default_factory=set)
    others: set[tuple[str, str | None, str]] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    is_open: bool = False

    def add(self, other: References) -> None:
        """Take in all the names of another set."""
        self.relations |= other.relations
        self.routines |= other.routines
        self.types |= other.types
        self.others |= other.others
        self.mentions |= other.mentions
        self.is_open |= other.is_open


def references(node: Node) -> References:
    """All the names that one statement refers to, its own included."""
    found = References()
    stack: list[tuple[Any, frozenset[str]]] = [({node.tag: node.fields}, frozenset())]
    while stack:  # not recursion: a chain of 300 operators nests 300 deep
        tree, hidden = stack.pop()
        if isinstance(tree, list):
            stack.extend((item, hidden) for item in tree)
        elif isinstance(tree, dict):
            _note(tree, hidden, found)
            stack.extend(_below(tree, hidden))
    return found


def words(text: str) -> set[str]:
    """Every word of a text that could be a name, folded as PostgreSQL folds it."""
    return set(_words(text))


def _words(text: str) -> Iterator[str]:
    for quoted, plain in _WORD.findall(text):
        yield quoted.replace('""', '"') if quoted else plain.lower()


def _note(tree: Fields, hidden: frozenset[str], found: References) -> None:
    """Take down what this one node refers to; a RangeVar and a TypeName often stand untagged, so shape tells them."""
    if "relname" in tree and ("schemaname" in tree or tree["relname"] not in hidden):
        found.relations.add((tree.get("schemaname"), tree["relname"]))
    if "names" in tree and "typemod" in tree:
        _type(tree, found)
    if tree.get("roletype") == "ROLESPEC_CSTRING":
        found.others.add(("role", "", tree["rolename"]))
    if "collname" in tree:
        found.others.add(("collation", *name_of(tree["collname"])))
    for field_ in ("accessMethod", "amname"):
        if field_ in tree:
            found.others.add(("access method", "", tree[field_]))
    for tag, value in tree.items():
        if tag in _VISITORS:
            _VISITORS[tag](value, found)


def _below(tree: Fields, hidden: frozenset[str]) -> Iterator[tuple[Any, frozenset[str]]]:
    """The subtrees, each with the names of WITH clauses that it sees: a query sees those before it, a recursive all."""
    clause = tree.get("withClause")
    if clause is None:
        yield from ((value, hidden) for value in tree.values())
        return
    queries = [query["CommonTableExpr"] for query in clause.get("ctes", ())]
    names = [query["ctename"] for query in queries]
    everything = hidden | set(names)
    for index, query in enumerate(queries):
        yield query.get("ctequery"), everything if clause.get("recursive") else hidden | set(names[:index])
    yield from ((value, everything) for key, value in tree.items() if key != "withClause")


def _type(value: Fields, found: References) -> None:
    names = strings(value["names"])
    if value.get("pct_type"):
        found.relations.add(split_name(names[:-1]))
    else:
        found.types.add(split_name(names))


def _call(value: Fields, found: References) -> None:
    name = split_name(strings(value["funcname"]))
    found.routines.add(name)
    arguments = value.get("args", ())
    if name[1] in _BY_NAME and len(arguments) > 1:
        _constant(arguments[0], _BY_NAME[name[1]], found)


def _cast(value: Fields, found: References) -> None:
    text = value.get("arg", {}).get("A_Const", {}).get("sval", {}).get("sval")
    type_ = strings(value["typeName"]["names"])[-1]
    if text and type_ in _REG_TYPES:
        found.mentions |= words(text)
        _constant(value["arg"], type_, found)


def _constant(value: Fields, type_: str, found: References) -> None:
    """A text that is the name of something."""
    text = value.get("A_Const", {}).get("sval", {}).get("sval")
    if text and type_ in _REG_SORTS and (parts := list(_words(text))):
        found.others.add((_REG_SORTS[type_], *split_name(parts)))


def _star(value: Fields, found: References) -> None:
    found.is_open = True


def _join(value: Fields, found: References) -> None:
    found.is_open |= bool(value.get("isNatural"))


def _function(value: Fields, found: References) -> None:
    for option in value.get("options", ()):
        definition = option["DefElem"]
        if definition["defname"] == "as":
            for text in strings(definition["arg"]["List"]["items"]):
                found.mentions |= words(text)
        elif definition["defname"] == "language":
            language = definition["arg"]["String"]["sval"]
            if language not in _OWN_LANGUAGES:
                found.others.add(("language", "", language))


def _operator(names: Iterable[str], found: References) -> None:
    schema, name = split_name(names)
    if schema not in (None, "pg_catalog") or (schema is None and not is_catalog_operator(name)):
        found.others.add(("operator", schema, name))


def _expression(value: Fields, found: References) -> None:
    _operator(strings(value.get("name", [])), found)


def _sublink(value: Fields, found: References) -> None:
    if "operName" in value:
        _operator(strings(value["operName"]), found)


def _sort(value: Fields, found: References) -> None:
    if "useOp" in value:
        _operator(strings(value["useOp"]), found)


def _index_element(value: Fields, found: References) -> None:
    for field_, sort in (("opclass", "operator class"), ("collation", "collation")):
        if field_ in value:
            found.others.add((sort, *name_of(value[field_])))


def _constraint(value: Fields, found: References) -> None:
    for exclusion in value.get("exclusions", ()):
        _operator(strings(exclusion["List"]["items"][1]["List"]["items"]), found)


_VISITORS: dict[str, Callable[[Fields, References], None]] = {
    "FuncCall": _call,
    "CreateTrigStmt": _call,
    "TypeCast": _cast,
    "CreateFunctionStmt": _function,
    "A_Star": _star,
    "JoinExpr": _join,
    "A_Expr": _expression,
    "SubLink": _sublink,
    "SortBy": _sort,
    "IndexElem": _index_element,
    "Constraint": _constraint,
}
