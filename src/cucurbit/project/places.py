"""Where in the apps a thing has got its name, for things that do not say so themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from cucurbit.errors import Place


class Places:
    """The modules of the apps, as far as they are walked, and what has a name in them."""

    def __init__(self) -> None:
        self._modules: list[tuple[ModuleType, str]] = []
        self._found: dict[int, tuple[ModuleType, str, int]] | None = None

    def add(self, module: ModuleType, app: str) -> None:
        """Take in a module of an app."""
        self._modules.append((module, app))
        self._found = None

    def of(self, objects: Iterable[object]) -> tuple[Place | None, str | None]:
        """The place of the first of some objects that has one, and its app.

        A class is the place of its table, and the first one that of its metadata.
        """
        if self._found is None:
            self._found = self._read()
        for item in objects:
            if item is not None and id(item) in self._found:
                module, app, line = self._found[id(item)]
                return Place(str(module.__file__), line).from_here(), app
        return None, None

    def _read(self) -> dict[int, tuple[ModuleType, str, int]]:
        found: dict[int, tuple[ModuleType, str, int]] = {}
        for module, app in self._modules:
            for name, line in lines_of(module).items():
                value = vars(module).get(name)
                names = ("__table__", "metadata") if isinstance(value, type) else ()
                for item in (value, *(getattr(value, name) for name in names if hasattr(value, name))):
                    found.setdefault(id(item), (module, app, line))
        return found


def place_in(module: ModuleType, value: object) -> Place | None:
    """Where a module gives a value its name; the beginning of the file for one in a list, or imported."""
    if module.__file__ is None:
        return None
    line = next((line for name, line in lines_of(module).items() if vars(module).get(name) is value), 1)
    return Place(module.__file__, line).from_here()


def lines_of(module: ModuleType) -> dict[str, int]:
    """The lines where a module's variables and classes begin."""
    file = module.__file__
    return _lines(file, Path(file).stat().st_mtime_ns if Path(file).exists() else 0) if file else {}


@lru_cache(maxsize=100)
def _lines(file: str, _: int) -> dict[str, int]:
    found: dict[str, int] = {}
    with suppress(OSError, SyntaxError):
        for node in ast.parse(Path(file).read_bytes()).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = node.lineno
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            found |= {target.id: node.lineno for target in targets if isinstance(target, ast.Name)}
    return found
