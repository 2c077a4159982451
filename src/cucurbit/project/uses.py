"""Where the code of a project makes values and uses them: what can be taken out of it, and what cannot."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType

from cucurbit.errors import Place
from cucurbit.project.python_file import Display, PythonFile

_NOTHING = object()


@dataclass(frozen=True)
class Use:
    """One mention of a value.

    `node` is what goes when the value does: a statement or an element that makes it (`makes`), an element that names
    it, a name that is imported; None where the code needs the value.
    """

    value: object
    file: PythonFile
    line: int
    node: ast.AST | None
    makes: bool = False
    name: str = ""

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(str(self.file.path), self.line).from_here()


def find(root: Path, values: Collection[object]) -> list[Use]:
    """The uses of values of imported modules, in all Python files of a folder. Files that do not parse have none."""
    wanted = {id(value) for value in values}
    modules = {Path(name): module for module in list(sys.modules.values()) if (name := _file(module))}
    found: list[Use] = []
    for path in files(root):
        try:
            file = PythonFile(path)
        except (SyntaxError, UnicodeDecodeError, ValueError):
            continue
        found += _Reader(file, modules.get(path), wanted).uses()
    return found


def files(root: Path) -> Iterator[Path]:
    """The Python files of a project, but for hidden folders and virtual environments."""
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()
        )
        yield from (Path(folder, name) for name in sorted(names) if name.endswith(".py"))


def _file(module: ModuleType) -> str | None:
    return getattr(module, "__file__", None)


class _Reader:
    """One file, whose names are those of its module where that is imported, else what it imports itself."""

    def __init__(self, file: PythonFile, module: ModuleType | None, wanted: Collection[int]) -> None:
        self.file = file
        self.wanted = wanted
        self.package = getattr(module, "__package__", None) or ""
        self.names: dict[str, object] = dict(vars(module)) if module else {}
        for node in ast.walk(file.tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                self._bind(node)
        self.parents = {id(child): node for node in ast.walk(file.tree) for child in ast.iter_child_nodes(node)}

    def _bind(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if isinstance(node, ast.Import):
                name = alias.asname or alias.name.partition(".")[0]
                value: object = sys.modules.get(alias.name if alias.asname else name, _NOTHING)
            else:
                name, value = alias.asname or alias.name, self._imported(node, alias)
            if alias.name == "*":
                module = sys.modules.get(self._module(node)) if isinstance(node, ast.ImportFrom) else None
                for own, item in vars(module).items() if module else ():
                    self.names.setdefault(own, item)
            else:
                self.names.setdefault(name, value)

    def _module(self, node: ast.ImportFrom) -> str:
        dotted = "." * node.level + (node.module or "")
        try:
            return resolve_name(dotted, self.package) if node.level else dotted
        except ImportError:
            return dotted

    def _imported(self, node: ast.ImportFrom, alias: ast.alias) -> object:
        module = self._module(node)
        found = getattr(sys.modules.get(module), alias.name, _NOTHING)
        return sys.modules.get(f"{module}.{alias.name}", _NOTHING) if found is _NOTHING else found

    def uses(self) -> Iterator[Use]:
        """All of them."""
        for node in ast.walk(self.file.tree):
            if isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    if self._is_wanted(value := self._imported(node, alias)):
                        yield Use(value, self.file, node.lineno, alias)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and node in self.file.tree.body:
                yield from self._made(node)
            elif isinstance(node, ast.Name | ast.Attribute) and self._is_wanted(value := self._value(node)):
                listed = isinstance(self.parents[id(node)], Display)
                if isinstance(node.ctx, ast.Load):
                    yield Use(value, self.file, node.lineno, node if listed else None)

    def _made(self, node: ast.Assign | ast.AnnAssign) -> Iterator[Use]:
        """The value of `name = Call(…)`, and those of `name = [Call(…), …]`."""
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if len(targets) != 1 or not isinstance(targets[0], ast.Name):
            return
        name = targets[0].id
        if name == "__all__" and isinstance(node.value, Display):
            yield from self._listed(node.value)
        value = self.names.get(name, _NOTHING)
        if isinstance(node.value, ast.Call) and self._is_wanted(value):
            statement = node if self.file.stands_alone(node) else None
            yield Use(value, self.file, node.lineno, statement, makes=statement is not None, name=name)
        items = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else []
        if isinstance(value, list | tuple) and len(value) == len(items):
            for item, made in zip(items, value, strict=True):
                if isinstance(item, ast.Call) and self._is_wanted(made):
                    yield Use(made, self.file, item.lineno, item, makes=True, name=name)

    def _listed(self, names: Display) -> Iterator[Use]:
        for item in names.elts:
            value = self.names.get(str(item.value), _NOTHING) if isinstance(item, ast.Constant) else _NOTHING
            if self._is_wanted(value):
                yield Use(value, self.file, item.lineno, item)

    def _value(self, node: ast.expr) -> object:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, _NOTHING)
        module = self._value(node.value) if isinstance(node, ast.Attribute) else None
        return vars(module).get(node.attr, _NOTHING) if isinstance(module, ModuleType) else _NOTHING  # type: ignore[attr-defined]

    def _is_wanted(self, value: object) -> bool:
        return id(value) in self.wanted
