"""A file of Python, of which statements and parts of lists and imports go; all else stays as it is, byte for byte."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

_LINE = re.compile(rb"\r\n|\r|\n")
_EMPTY = {ast.List: b"[]", ast.Tuple: b"()", ast.Set: b"set()"}

Display = ast.List | ast.Tuple | ast.Set
Cut = tuple[int, int, bytes]
"""From where to where, in bytes, and what comes there instead."""


class PythonFile:
    """The text of a file and its syntax tree. Raises SyntaxError for one that does not parse, UnicodeDecodeError."""

    def __init__(self, path: Path, source: bytes | None = None) -> None:
        self.path = path
        given = path.read_bytes() if source is None else source
        self.encoding, _ = tokenize.detect_encoding(io.BytesIO(given).readline)
        self.text = given.decode(self.encoding)
        self.tree = ast.parse(self.text, str(path))

    @cached_property
    def source(self) -> bytes:
        """The text as the tree counts it."""
        return self.text.encode()

    @cached_property
    def _starts(self) -> list[int]:
        """Where the lines begin, and where the last one ends."""
        return [0, *(match.end() for match in _LINE.finditer(self.source)), len(self.source)]

    def span(self, node: ast.expr | ast.stmt | ast.alias) -> tuple[int, int]:
        """Where a node begins and ends, in bytes."""
        begin = self._starts[node.lineno - 1] + node.col_offset
        return begin, self._starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)

    def stands_alone(self, statement: ast.stmt) -> bool:
        """Whether a statement is one of the module's own, and shares its lines with no other."""
        if statement not in self.tree.body:
            return False
        place = self.tree.body.index(statement)
        before = self.tree.body[place - 1].end_lineno if place else 0
        after = self.tree.body[place + 1].lineno if place + 1 < len(self.tree.body) else None
        end = statement.end_lineno or statement.lineno
        return (before or 0) < statement.lineno and (after is None or after > end)

    def without(self, gone: Iterable[ast.AST]) -> str:
        """The text without these statements, elements of lists, tuples and sets, and names of `from … import`."""
        found = {id(node) for node in gone}
        cuts: list[Cut] = []
        statements = [node for node in ast.walk(self.tree) if isinstance(node, ast.stmt) and id(node) in found]
        for node in ast.walk(self.tree):
            if isinstance(node, Display):
                cuts += self._elements(node, [n for n, item in enumerate(node.elts) if id(item) in found])
            elif isinstance(node, ast.ImportFrom) and all(id(item) in found for item in node.names):
                statements.append(node)
            elif isinstance(node, ast.ImportFrom):
                cuts += self._items(
                    [self.span(item) for item in node.names],
                    [n for n, item in enumerate(node.names) if id(item) in found],
                )
        source = self.source
        for start, end, instead in sorted([*cuts, *self._statements(statements)], reverse=True):
            source = source[:start] + instead + source[end:]
        return source.decode()

    def _statements(self, statements: Sequence[ast.stmt]) -> Iterator[Cut]:
        """Whole lines, with as many blank ones left between what stays as there were; `pass` where it is needed."""
        gone: set[int] = set()
        for node in statements:
            if self.stands_alone(node):
                gone |= set(range(node.lineno - 1, node.end_lineno or node.lineno))
            else:
                yield (*self.span(node), b"pass")
        count = len(self._starts) - 1
        reached = 0
        for line in sorted(gone):
            if line < reached:
                continue
            first = last = line
            while first and self._is_blank(first - 1):
                first -= 1
            end = line
            while last < count and (last in gone or self._is_blank(last)):
                last += 1
                end = last if last - 1 in gone else end
            keep = max(line - first, last - end) if first and last < count else 0
            if keep > line - first:
                first, last = line, last - (keep - (line - first))
            else:
                first += keep
            yield self._starts[first], self._starts[last], b""
            reached = last

    def _is_blank(self, line: int) -> bool:
        return not self.source[self._starts[line] : self._starts[line + 1]].strip()

    def _elements(self, node: Display, gone: list[int]) -> list[Cut]:
        if not gone:
            return []
        if len(gone) == len(node.elts):
            return [(*self.span(node), _EMPTY[type(node)])]
        cuts = self._items([self.span(item) for item in node.elts], gone)
        (left, *more) = [item for n, item in enumerate(node.elts) if n not in gone]
        if isinstance(node, ast.Tuple) and not more and node.elts[-1] is not left:
            cuts += self._with_comma(node, left, gone)
        elif (
            isinstance(node, ast.Tuple)
            and not more
            and b"," not in self.source[self.span(left)[1] : self.span(node)[1]]
        ):
            cuts.append((self.span(left)[1], self.span(left)[1], b","))
        return cuts

    def _with_comma(self, node: ast.Tuple, left: ast.expr, gone: list[int]) -> list[Cut]:
        """Of a tuple only one element is left, and what was behind it is cut with the comma between."""
        end = self.span(node.elts[-1])[1]
        return [] if b"," in self.source[end : self.span(node)[1]] else [(end, end, b",")]

    def _items(self, spans: list[tuple[int, int]], gone: list[int]) -> list[Cut]:
        """Each with the comma and the blanks behind it; the last ones with those before them."""
        last = max((n for n in range(len(spans)) if n not in gone), default=0)
        return [(spans[n][0], spans[n + 1][0], b"") if n < last else (spans[n - 1][1], spans[n][1], b"") for n in gone]


def names_used(tree: ast.Module) -> set[str]:
    """The names that a module's code refers to, also as text in `__all__`."""
    found = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return found | {str(text) for text in _listed(tree)}


def _listed(tree: ast.Module) -> Iterator[object]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            yield from (item.value for item in ast.walk(node.value) if isinstance(item, ast.Constant))


def unused_imports(before: ast.Module, after: ast.Module) -> list[tuple[int, str]]:
    """Line and name of what the module imports, used before and does not any more."""
    gone = names_used(before) - names_used(after)
    found = []
    for node in after.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound = ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
            found += [(node.lineno, name) for name in bound if name in gone]
    return found
