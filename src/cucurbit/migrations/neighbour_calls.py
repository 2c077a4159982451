"""Calls in revision files that have the name of an operation of ours, and are alembic_utils': `op.create_entity(view)`.

Told by their syntax tree, as everything about a file that is not run.
"""

from __future__ import annotations

import ast
import re
from functools import lru_cache

LIBRARY = "alembic_utils"

_VERBS = {"create_entity": "+ Create", "replace_entity": "~ Replace", "drop_entity": "- Drop"}
_IMPORTED = re.compile(rf"{LIBRARY}(\.|\Z)")


def is_theirs(call: ast.Call, name: str, file: ast.Module) -> bool:
    """Whether a call of `op.NAME` in a revision file has an object of theirs, as far as its syntax tree tells."""
    given = _given(call)
    if name not in _VERBS or given is None or isinstance(given, ast.Constant | ast.JoinedStr):
        return False
    if isinstance(given, ast.Name) and isinstance(_assigned(given, file), ast.Constant | ast.JoinedStr):
        return False
    return _imports(file)


def line_of_theirs(call: ast.Call, name: str, file: ast.Module) -> tuple[str, str]:
    """A sign and a sentence for such a call: `+`, `Create PGView public.orders`."""
    given = _given(call)
    made = _assigned(given, file) if isinstance(given, ast.Name) else given
    sign, _, verb = _VERBS[name].partition(" ")
    return sign, f"{verb} {_words(made) or f'an object of {LIBRARY}'}"


def _given(call: ast.Call) -> ast.expr | None:
    return next(iter((*call.args, *(keyword.value for keyword in call.keywords))), None)


def _assigned(name: ast.Name, file: ast.Module) -> ast.expr | None:
    """The value that a name was given last above the place where it stands."""
    found = [(line, value) for line, value in _assignments(file).get(name.id, ()) if line <= name.lineno]
    return max(found, key=lambda item: item[0], default=(0, None))[1]


@lru_cache(maxsize=50)  # one walk for all calls of a file
def _assignments(file: ast.Module) -> dict[str, list[tuple[int, ast.expr]]]:
    found: dict[str, list[tuple[int, ast.expr]]] = {}
    for node in ast.walk(file):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, []).append((node.lineno, node.value))
    return found


@lru_cache(maxsize=50)
def _imports(file: ast.Module) -> bool:
    """Whether the library is imported anywhere in a file."""
    modules: list[str] = []
    for node in ast.walk(file):
        if isinstance(node, ast.ImportFrom):
            modules.append(node.module or "")
        elif isinstance(node, ast.Import):
            modules += [alias.name for alias in node.names]
    return any(_IMPORTED.match(module) for module in modules)


def _words(made: ast.expr | None) -> str:
    """`PGView public.orders`, where class, schema and signature (of a grant: table) stand there as literals."""
    if not isinstance(made, ast.Call) or not isinstance(made.func, ast.Name):
        return ""
    given = dict(zip(("schema", "signature"), made.args, strict=False)) | {str(k.arg): k.value for k in made.keywords}
    names = [given.get("schema"), given.get("signature", given.get("table"))]
    texts = [str(name.value) for name in names if isinstance(name, ast.Constant)]
    return f"{made.func.id} {'.'.join(texts)}" if len(texts) == 2 else ""
