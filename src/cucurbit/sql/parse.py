"""SQL text to statements and syntax trees, by PostgreSQL's own parser (libpg_query).

The parser is loaded when it is first needed: a command has the server at work by then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from cucurbit.errors import Place, SqlError
from cucurbit.sql.secrets import speaks_of_secrets

Fields = dict[str, Any]
Name = tuple[str | None, str]


class Node(NamedTuple):
    """One statement's tree: the parser's name for it (`ViewStmt`) and its fields, as libpg_query's JSON has them."""

    tag: str
    fields: Fields


# Where no comment can be in between, the parser need not be asked.
_CREATE = re.compile(r"\s*create(?=\s+(?!or\s)[a-z])", re.IGNORECASE)


_NAME = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_DOTTED = re.compile(rf"{_NAME}(?:\.{_NAME})*")


@dataclass(frozen=True)
class Statement:
    """One statement of a file, from its first token to its last, and where it begins."""

    sql: str
    place: Place


def split(text: str, file: str) -> list[Statement]:
    """The statements of a file; comments between them are left out, those inside stay.

    Raises SqlError, with the place, when PostgreSQL's parser refuses the text.
    """
    from pglast import parser

    _refuse_nul(text, Place(file))
    try:
        slices = parser.split(text, only_slices=True)
    except parser.ParseError as error:
        raise _syntax_error(error, text, Place(file)) from None
    statements, line, reached = [], 1, 0
    for piece in slices:
        line += text.count("\n", reached, piece.start)
        reached = piece.start
        column = piece.start - (text.rfind("\n", 0, piece.start) + 1) + 1
        statements.append(Statement(text[piece], Place(file, line, column)))
    return statements


def parse(sql: str, place: Place | None = None) -> Node:
    """The tree of exactly one statement.

    Raises SqlError when the text does not parse, or holds none or several statements; `place` is where it begins.
    """
    from pglast import parser

    _refuse_nul(sql, place)
    try:
        statements = json.loads(parser.parse_sql_json(sql))["stmts"]
    except parser.ParseError as error:
        raise _syntax_error(error, sql, place) from None
    except RecursionError:
        raise SqlError("the statement is nested too deeply to be read", place=place) from None
    if len(statements) != 1:
        raise SqlError(
            f"one statement is meant here, and there {'are ' + str(len(statements)) if statements else 'is none'}",
            hint="Write each statement as an entity of its own; a .sql file may hold many.",
            place=place,
        )
    ((tag, fields),) = statements[0]["stmt"].items()
    return Node(tag, fields)


def print_again(sql: str) -> str:
    """The statement as libpg_query prints what it parsed: one line, keywords in capitals, no comments.

    Raises SqlError when the text does not parse.
    """
    from pglast import parser

    try:
        return str(parser.deparse_protobuf(parser.parse_sql_protobuf(sql)))
    except parser.ParseError as error:
        raise _syntax_error(error, sql, None) from None


def or_replace(sql: str) -> str:
    """`create …` as `create or replace …`, if it is not that already; comments stay."""
    if (plain := _CREATE.match(sql)) is not None:
        return f"{sql[: plain.end()]} or replace{sql[plain.end() :]}"
    from pglast import parser

    tokens = [token for token in parser.scan(sql) if token.name not in ("SQL_COMMENT", "C_COMMENT")]
    if tokens[1].name == "OR":
        return sql
    return f"{sql[: tokens[0].end + 1]} or replace{sql[tokens[0].end + 1 :]}"


def quoted_names(sql: str) -> list[tuple[int, int, str]]:
    """Start, end and value of every name that is written in quotes."""
    from pglast import parser

    found = []
    for token in parser.scan(sql):
        text = sql[token.start : token.end + 1]
        if token.name == "IDENT" and text.startswith('"'):
            found.append((token.start, token.end + 1, text[1:-1].replace('""', '"')))
    return found


def len_of_name(text: str) -> int:
    """The length of the dotted name that a text begins with."""
    match = _DOTTED.match(text)
    return match.end() if match else 0


def offset(text: str, location: int) -> int:
    """The index into `text` of a tree's `location`, which counts bytes."""
    return location if text.isascii() else len(text.encode()[:location].decode(errors="ignore"))


def strings(nodes: list[Fields]) -> list[str]:
    """The values of a list of String nodes, as names are kept in trees."""
    return [node["String"]["sval"] for node in nodes]


def split_name(parts: Iterable[str]) -> Name:
    """The parts of a dotted name as schema, None where there is none, and name."""
    *schema, name = parts
    return (schema[-1] if schema else None, name)


def name_of(nodes: list[Fields]) -> Name:
    """The same of a list of String nodes."""
    return split_name(strings(nodes))


def advance(place: Place | None, text: str, index: int) -> Place | None:
    """The place of a text's character, where the text itself begins at a place."""
    if place is None:
        return None
    lines = text[:index].split("\n")
    column = len(lines[-1]) + 1
    return Place(place.file, place.line + len(lines) - 1, column + (place.column - 1 if len(lines) == 1 else 0))


def _refuse_nul(text: str, place: Place | None) -> None:
    if "\0" in text:
        raise SqlError("SQL cannot contain a NUL character", place=advance(place, text, text.index("\0")))


def _syntax_error(error: Exception, text: str, place: Place | None) -> SqlError:
    """`ParseError.args` is the message and, unless the text just ended, an index in characters."""
    message = str(error.args[0])
    location = error.args[1] if len(error.args) > 1 else None
    index = len(text) if location is None else int(location)
    if speaks_of_secrets(text):  # what is wrong may be that a password stands without quotes
        return SqlError(message.partition(" at or near ")[0], place=advance(place, text, index))
    if place is not None and place.file.endswith(".py"):  # the place is the Python code's, which says nothing of lines
        return SqlError(message, hint=_excerpt(text, index), place=place)
    return SqlError(message, place=advance(place, text, index))


def _excerpt(text: str, index: int) -> str:
    """The line of an error, with a caret below."""
    start = text.rfind("\n", 0, index) + 1
    line = text[start:].partition("\n")[0]
    return f"In line {text.count(chr(10), 0, index) + 1} of the SQL:\n  {line}\n  {' ' * (index - start)}^"
