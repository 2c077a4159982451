"""The layout of generated Python: what fits stands in one line, the rest is broken as formatters break it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

WIDTH = 120
_INDENT = "    "


def laid_out(source: str) -> str:
    """The text of a module of imports, assignments and classes of assignments, anew; comments are lost.

    Raises SyntaxError for what is no Python.
    """
    return "\n".join(_module(ast.parse(source))) + "\n"


def _module(tree: ast.Module) -> Iterator[str]:
    before: ast.stmt | None = None
    for node in tree.body:
        yield from [""] * _gap(before, node)
        yield from _statement(node, 0)
        before = node


def _gap(before: ast.stmt | None, node: ast.stmt) -> int:
    """The empty lines between two statements of a module."""
    if before is None:
        return 0
    if isinstance(before, ast.ClassDef) or isinstance(node, ast.ClassDef):
        return 2
    one, other = (_origin(item) for item in (before, node))
    return 0 if one and one == other else 1


def _origin(node: ast.stmt) -> int:
    """In which group an import belongs: Python's future, its library, others'."""
    if isinstance(node, ast.Import):
        name = node.names[0].name
    elif isinstance(node, ast.ImportFrom):
        name = node.module or ""
    else:
        return 0
    return 1 if name == "__future__" else 2 if name.partition(".")[0] in sys.stdlib_module_names else 3


def _statement(node: ast.stmt, depth: int) -> list[str]:  # noqa: PLR0911 - one for each sort
    indent = _INDENT * depth
    match node:
        case ast.ClassDef():
            bases = f"({', '.join(map(ast.unparse, node.bases))})" if node.bases else ""
            return [f"{indent}class {node.name}{bases}:", *_class_body(node.body, depth + 1)]
        case ast.FunctionDef():
            head = f"def {node.name}({ast.unparse(node.args)})"
            returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            return [f"{indent}{head}{returns}:", *(line for n in node.body for line in _statement(n, depth + 1))]
        case ast.Assign(targets=[target]):
            return _broken(f"{indent}{ast.unparse(target)} = ", node.value, "", depth)
        case ast.AnnAssign(value=ast.expr() as value):
            return _annotated(f"{indent}{ast.unparse(node.target)}: ", node.annotation, value, depth)
        case ast.Expr(value=ast.Constant(value=str() as text)):
            return [f'{indent}"""{text}"""']
        case ast.ImportFrom() if len(indent + ast.unparse(node)) > WIDTH:
            names = [f"{_INDENT}{ast.unparse(name)}," for name in node.names]
            return [f"{indent}from {node.module} import (", *names, ")"]
        case _:
            return [indent + ast.unparse(node)]


def _annotated(target: str, annotation: ast.expr, value: ast.expr, depth: int) -> list[str]:
    """`name: Mapped[…] = …`"""
    head = f"{target}{ast.unparse(annotation)} = "
    first = _broken(head, value, "", depth)
    if len(first[0]) <= WIDTH or not isinstance(annotation, ast.Subscript):
        return first
    opening, inner = f"{target}{ast.unparse(annotation.value)}[", _INDENT * (depth + 1) + ast.unparse(annotation.slice)
    return [opening, inner, *_broken(f"{_INDENT * depth}] = ", value, "", depth)]


def _class_body(body: list[ast.stmt], depth: int) -> list[str]:
    """Its variables, then what it has: an empty line where one sort follows another."""
    lines: list[str] = []
    for before, node in zip([None, *body], body, strict=False):
        if before is not None and (_sort(before) != _sort(node) or isinstance(before, ast.FunctionDef)):
            lines.append("")
        lines += _statement(node, depth)
    return lines


def _sort(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign):
        called = getattr(getattr(node.value, "func", None), "id", "")
        return f"{type(node).__name__} {called == 'relationship'}"
    return type(node).__name__


def _broken(head: str, node: ast.expr, tail: str, depth: int) -> list[str]:
    """The lines of `head`, an expression and `tail`: one if they fit, else its elements below each other."""
    line = f"{head}{_text(node)}{tail}"
    if len(line) <= WIDTH:
        return [line]
    parts = _parts(node)
    if parts is None:
        return [f"{line}  # noqa: E501"]
    opening, elements, closing = parts
    inner = _INDENT * (depth + 1)
    together = inner + ", ".join(before + _text(value) for before, value in elements)
    end = f"{_INDENT * depth}{closing}{tail}"
    if len(together) <= WIDTH and not isinstance(node, ast.Tuple):
        return [head + opening, together, end]
    below = [line for before, value in elements for line in _broken(inner + before, value, ",", depth + 1)]
    return [head + opening, *below, end]


def _parts(node: ast.expr) -> tuple[str, list[tuple[str, ast.expr]], str] | None:
    """What opens an expression, its elements with what stands before each, what closes it; None for one without."""
    match node:
        case ast.Call() if node.args or node.keywords:
            named = [(f"{k.arg}=" if k.arg else "**", k.value) for k in node.keywords]
            return f"{_text(node.func)}(", [*(("", item) for item in node.args), *named], ")"
        case ast.Tuple(elts=[_, *_]):
            return "(", [("", item) for item in node.elts], ")"
        case ast.List(elts=[_, *_]):
            return "[", [("", item) for item in node.elts], "]"
        case ast.Dict(keys=[_, *_]):
            pairs = zip(node.keys, node.values, strict=True)
            return "{", [(f"{_text(key)}: " if key else "**", value) for key, value in pairs], "}"
    return None


def _text(node: ast.expr) -> str:
    """An expression in one line, its strings in double quotes."""
    match node:
        case ast.Constant(value=str() as text):
            return quoted(text)
        case ast.Tuple() | ast.List() | ast.Dict() | ast.Call() if parts := _parts(node):
            opening, elements, closing = parts
            comma = "," if isinstance(node, ast.Tuple) and len(elements) == 1 else ""
            return opening + ", ".join(before + _text(value) for before, value in elements) + comma + closing
        case _:
            return ast.unparse(node)


def quoted(text: str) -> str:
    """A string literal: in double quotes, unless it has more of these than of single ones."""
    inner = repr("'\"" + text)[4:-1]  # with both, it is in single quotes
    if text.count('"') > text.count("'"):
        return f"'{inner}'"
    return '"' + inner.replace("\\'", "'").replace('"', '\\"') + '"'
