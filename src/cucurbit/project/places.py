"""Where in the apps a thing has got its name, for things that do not say so themselves."""

from __future__ import annotations

import ast
import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from cucurbit.errors import Place, is_foreign


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


class Origins:
    """Where values are made: in all imported modules of a project's folder, also those that no app has."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._read: set[str] = set()
        self._named: dict[int, Place] = {}
        self._listed: dict[int, Place] = {}

    def of(self, value: object, module: ModuleType) -> Place | None:
        """Where a value has its name, else the list that it is in, else the beginning of the module that has it."""
        if id(value) not in self._named:
            for other in [*self._new(), module]:
                self._add(other)
        file = module.__file__
        place = self._named.get(id(value)) or self._listed.get(id(value)) or (Place(file) if file else None)
        return place.from_here() if place else None

    def _new(self) -> Iterator[ModuleType]:
        for name, module in list(sys.modules.items()):
            if name not in self._read:
                self._read.add(name)
                file = getattr(module, "__file__", None) or ""
                if file.startswith(self._root) and not is_foreign(file):
                    yield module

    def _add(self, module: ModuleType) -> None:
        for name, line in lines_of(module).items():
            value = vars(module).get(name)
            self._named.setdefault(id(value), Place(str(module.__file__), line))
            for item in elements(value):
                self._listed.setdefault(id(item), Place(str(module.__file__), line))


def elements(value: object) -> Collection[object]:
    """What is in a list, tuple or set; nothing of other values."""
    return value if isinstance(value, (list, tuple, set, frozenset)) else ()


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
