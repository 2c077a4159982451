"""The canonical form: two spellings of one definition give one text, two definitions give two.

PostgreSQL's parser reads the statement and libpg_query prints it again: comments, layout, the case of keywords and the
quotes of bodies are gone. On top of that `OR REPLACE` and `IF NOT EXISTS` are removed (they say how to create, not
what), the entity's own name is qualified, and the short names of built-in types are folded. A function's body and
every constant stay as they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from cucurbit.errors import SqlError
from cucurbit.sql.names import literal, qualify, quote
from cucurbit.sql.parse import Fields, len_of_name, offset, parse, print_again, quoted_names, strings

VERSION = "v1"

# The names that pg_type has for types which the grammar also knows by a name of its own, and how they are printed then.
_SHORT_TYPES = {
    "bool": "boolean",
    "float4": "real",
    "float8": "double precision",
    "int2": "smallint",
    "int4": "int",
    "int8": "bigint",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
}
_MENTIONS_SHORT_TYPE = re.compile(r"\b(?:" + "|".join(_SHORT_TYPES) + r")\b")
_LOCATION = re.compile(r"location$|^(?:rexpr_)?list_(?:start|end)$|^stmt_len$")
# What the printer puts before the name; it writes keywords in capitals and a name never so without quotes.
_HEAD = re.compile(r"CREATE (OR REPLACE )?((?:[A-Z]+ )+?)(IF NOT EXISTS )?(?=[^A-Z])")

Edit = tuple[int, int, str]


def canonical(sql: str, *, home: str, relation: str | None = None, qualify_head: bool = False) -> str:
    """The canonical text of one statement.

    `home` is the schema that an unqualified name gets; `relation` names the tree's field with the relation to qualify
    (a view's own name, a trigger's table); `qualify_head` says that the name right after `CREATE …` is to be
    qualified instead. Raises SqlError when the text does not parse.
    """
    text = _print(sql)
    is_short = _MENTIONS_SHORT_TYPE.search(text) is not None
    if relation is not None or is_short:
        fields = parse(text).fields
        edits = [*_fold_types(fields, text)] if is_short else []
        edits += _qualify(fields, relation, text, home) if relation else ()
        text = _apply(edits, text)
    head = _HEAD.match(text)
    if head is None:
        return text
    start = f"CREATE {head[2]}" + (quote(home) + "." if qualify_head else "")
    return start + text[head.end() :]


def renamed(text: str, names: Sequence[str], *, relation: str | None = None) -> str:
    """A canonical text with another name: for the relation in a field of its tree, else for what is made."""
    if relation is None:
        start = next(match.end() for match in [_HEAD.match(text)] if match)
    else:
        fields = parse(text).fields
        for step in relation.split("."):
            fields = fields[step]
        start = offset(text, fields["location"])
    return text[:start] + qualify(names) + text[start + len_of_name(text[start:]) :]


def nameless(text: str, names: Sequence[str]) -> str:
    """A canonical text without the name behind `CREATE …`, which is `names`, or the last of them: what is left is
    equal for two entities that differ in their own names only.
    """
    head = _HEAD.match(text)
    if head is not None:
        for name in (qualify(names), quote(names[-1])):
            if text.startswith(name, head.end()):
                return text[: head.end()] + text[head.end() + len(name) :]
    return text


def digest(text: str) -> str:
    """`v1:` and the SHA-256 of a canonical text, in hexadecimal."""
    return f"{VERSION}:{hashlib.sha256(text.encode()).hexdigest()}"


def _print(sql: str) -> str:
    """libpg_query prints the names of parameters and of windows without the quotes that they may need."""
    text = _print_with_quoted_bodies(sql)
    if '"' not in sql or _is_same(sql, text):
        return text
    plain, names = _with_plain_names(sql)
    text = _print_with_quoted_bodies(plain)
    for name, quoted in names.items():
        text = text.replace(name, quoted)
    return text


def _is_same(sql: str, text: str) -> bool:
    """Whether a text means what the statement means that it was printed from."""
    try:
        return bool(_without_locations(parse(sql).fields) == _without_locations(parse(text).fields))
    except SqlError:
        return False


def _without_locations(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _without_locations(value) for key, value in tree.items() if not _LOCATION.search(key)}
    return [_without_locations(item) for item in tree] if isinstance(tree, list) else tree


def _with_plain_names(sql: str) -> tuple[str, dict[str, str]]:
    """The statement with names that need no quotes in the place of those that do, and these by the new ones."""
    prefix = "q"
    while prefix in sql:
        prefix += "q"
    names: dict[str, str] = {}
    edits = []
    for start, end, name in quoted_names(sql):
        if quote(name) != name:
            plain = next((p for p, quoted in names.items() if quoted == quote(name)), f"{prefix}{len(names)}_")
            names[plain] = quote(name)
            edits.append((start, end, f" {plain} "))  # quotes need no blank before them: `view"Größe"as`
    return _apply(edits, sql), names


def _print_with_quoted_bodies(sql: str) -> str:
    """libpg_query writes a body that ends in a dollar as `$$…$$$`, which no parser reads; that body gets quotes."""
    text = print_again(sql)
    if "$$$" not in text:
        return text
    for option in parse(sql).fields.get("options", ()):
        if option["DefElem"]["defname"] == "as":
            for body in strings(option["DefElem"]["arg"]["List"]["items"]):
                if body.endswith("$"):
                    text = text.replace(f"$${body}$$", literal(body))
    return text


def _fold_types(fields: Fields, text: str) -> Iterator[Edit]:
    for node in _type_names(fields):
        names = node.get("names", [])
        if (
            len(names) != 1
            or "typmods" in node
            or (long := _SHORT_TYPES.get(name := names[0]["String"]["sval"])) is None
        ):
            continue
        start = offset(text, node.get("location", 0))
        if text.startswith(name, start):
            yield start, start + len(name), long


def _qualify(fields: Fields, relation: str, text: str, home: str) -> Iterator[Edit]:
    for step in relation.split("."):
        fields = fields[step]
    if "schemaname" not in fields:
        start = offset(text, fields.get("location", 0))
        yield start, start, quote(home) + "."


def _type_names(tree: Any) -> Iterator[Fields]:
    """Every type that the tree mentions, those of casts and of definitions alike."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if "names" in node and "typemod" in node:
                yield node
            node = node.values()
        stack += [item for item in node if isinstance(item, dict | list)]


def _apply(edits: list[Edit], text: str) -> str:
    for start, end, replacement in sorted(edits, reverse=True):
        text = text[:start] + replacement + text[end:]
    return text
