"""The digest of a revision file: of what it means, not of its comments and layout.

The same for the same file on every version of Python: `ast.dump` is not, so the tree is written out here.
"""

from __future__ import annotations

import ast
import hashlib
from functools import lru_cache
from pathlib import Path

from cucurbit.errors import HistoryError

VERSION = "d1"


def digest(file: str) -> str:
    """`d1:` and the SHA-256 of the file's syntax tree, in hexadecimal."""
    return _digest(Path(file).read_bytes())


@lru_cache(maxsize=2)  # a proof asks three times for the same
def _digest(source: bytes) -> str:
    tree = ast.parse(source)
    if ast.get_docstring(tree) is not None:
        del tree.body[0]
    try:
        return f"{VERSION}:{hashlib.sha256(_write(tree).encode(errors='surrogatepass')).hexdigest()}"
    except RecursionError:
        raise HistoryError("a revision file is nested too deeply to be read") from None


def _write(node: object) -> str:
    if isinstance(node, ast.AST):
        fields = ((name, getattr(node, name, None)) for name in sorted(node._fields))
        # What is empty is left out: later versions of Python add fields (`type_params`), empty here.
        told = ",".join(f"{name}={_write(value)}" for name, value in fields if value not in (None, []))
        return f"{type(node).__name__}({told})"
    if isinstance(node, list):
        return "[" + ",".join(map(_write, node)) + "]"
    return repr(node)
