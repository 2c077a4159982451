"""The source of a revision file as the ledger keeps it: as it stands, but for passwords.

No file of ours has one; one that was written by hand may. Where a statement speaks of a secret, its texts lose what
`sql.secrets` masks, and those that a secret may have been put together from are left out. What is masked is written as
`'…'`.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from cucurbit.sql.secrets import has_password, is_secret, masked, masked_lines, speaks_of_secrets

_HIDDEN = "…"
_WORD = re.compile(r"\w+")

Cut = tuple[tuple[int, int], tuple[int, int], str]
"""From and to (line from 1, byte from 0), and what stands there instead."""


def source_of(file: str) -> str:
    """The text of a file, with passwords masked."""
    return _source(Path(file).read_bytes())


@lru_cache(maxsize=2)  # a proof asks three times for the same
def _source(raw: bytes) -> str:
    encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
    text = raw.decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    if not any(_is_doubtful(word) for word in set(_WORD.findall(text))) and "://" not in text:
        return text
    try:
        return _without_secrets(text)
    except (SyntaxError, ValueError, tokenize.TokenError):
        return masked_lines(text)


def _is_doubtful(word: str) -> bool:
    return is_secret(word, "")


def _without_secrets(text: str) -> str:
    lines = [line.encode() for line in text.split("\n")]
    cuts = [*_comments(text)]
    for statement in _simple(ast.parse(text)):
        cuts += _cuts(statement, _segment(statement, lines))
    for (row, start), (end_row, end), instead in sorted(cuts, reverse=True):
        tail = lines[end_row - 1][end:]
        lines[row - 1 : end_row] = [lines[row - 1][:start] + instead.encode() + tail]
    return b"\n".join(lines).decode()


def _comments(text: str) -> Iterator[Cut]:
    """Those that have a word for a secret: how it is quoted there, nobody knows."""
    lines = text.split("\n")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and any(map(_is_doubtful, _WORD.findall(token.string))):
            row, column = token.start
            start = len(lines[row - 1][:column].encode())
            yield (row, start), (row, start + len(token.string.encode())), f"# {_HIDDEN}"


def _simple(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that hold no others; of those that do, what stands at their head is taken with each."""
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and not hasattr(node, "body"):
            yield node


def _segment(statement: ast.stmt, lines: list[bytes]) -> str:
    """What stands there; `ast.get_source_segment` would split the whole file for each."""
    rows = lines[statement.lineno - 1 : statement.end_lineno]
    rows[-1] = rows[-1][: statement.end_col_offset]
    rows[0] = rows[0][statement.col_offset :]
    return b"\n".join(rows).decode()


def _cuts(statement: ast.stmt, segment: str) -> Iterator[Cut]:
    constants = {node: node.value for node in ast.walk(statement) if isinstance(node, ast.Constant)}
    texts = {node: value for node, value in constants.items() if isinstance(value, str)}
    speaks = _is_named(statement) or _is_spoken_of(segment)
    if not speaks and not any(map(_is_spoken_of, texts.values())):
        return
    inside: set[ast.AST] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.JoinedStr):
            inside |= set(ast.walk(node))
            yield _cut(node, _HIDDEN)
    for constant, value in texts.items():
        if constant not in inside:
            is_sql = _is_spoken_of(value) and "'" in value
            yield _cut(constant, re.sub(f"{_HIDDEN}+", _HIDDEN, masked(value)) if is_sql else _HIDDEN)


def _cut(node: ast.expr, instead: str) -> Cut:
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    return (node.lineno, node.col_offset), end, repr(instead)


def _is_named(statement: ast.stmt) -> bool:
    """Whether a variable, an argument or a key of the statement has the name of a secret."""
    names = [node.id for node in ast.walk(statement) if isinstance(node, ast.Name)]
    names += [node.arg for node in ast.walk(statement) if isinstance(node, ast.keyword) and node.arg]
    return any(is_secret(name, "") for name in names)


def _is_spoken_of(text: str) -> bool:
    return speaks_of_secrets(text) or has_password(text)
