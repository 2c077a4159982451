"""Pieces of a statement's text, found by the tokens of PostgreSQL's own scanner."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple


class Token(NamedTuple):
    """A token: the scanner's name for it (`OPTIONS`, `IDENT`, `ASCII_40`), where it is, how many parentheses are open.

    A parenthesis itself counts as outside of what it encloses.
    """

    name: str
    start: int
    end: int
    depth: int


def tokens(sql: str) -> Iterator[Token]:
    """The tokens of a text."""
    from pglast import parser

    depth = 0
    for token in parser.scan(sql):
        text = sql[token.start : token.end + 1]
        depth -= text in (")", "]")
        yield Token(token.name, token.start, token.end + 1, depth)
        depth += text in ("(", "[")


def find(sql: str, name: str, start: int = 0, *, depth: int = 0) -> int | None:
    """Where the first token of a name stands at a depth, from `start` on; None where there is none."""
    return next((t.start for t in tokens(sql) if t.name == name and t.depth == depth and t.start >= start), None)


def listed(sql: str, start: int) -> tuple[list[str], int]:
    """The elements of the list in parentheses that opens at `start` or after, and where it ends."""
    inner = [token for token in tokens(sql) if token.start >= start]
    opening = next(index for index, token in enumerate(inner) if sql[token.start] == "(")
    depth, begin, elements = inner[opening].depth, inner[opening].end, []
    for token in inner[opening + 1 :]:
        if token.depth == depth + 1 and sql[token.start : token.end] == ",":
            elements.append(sql[begin : token.start].strip())
            begin = token.end
        elif token.depth == depth:
            elements.append(sql[begin : token.start].strip())
            return [element for element in elements if element], token.end
    raise ValueError(f"a list that does not end: {sql}")


def split_list(sql: str, start: int, end: int | None) -> list[str]:
    """The elements between two places, parted by the commas that stand in no parentheses."""
    commas = [
        t.start
        for t in tokens(sql)
        if sql[t.start : t.end] == "," and not t.depth and start <= t.start < (end or len(sql))
    ]
    borders = [start - 1, *commas, len(sql) if end is None else end]
    return [sql[before + 1 : after].strip() for before, after in pairwise(borders)]
