"""Entities that are declared in the words of other libraries: one module for each library, found by being here.

A module has `LIBRARY`, the package whose objects it reads; and some of these, none of which imports that package at
the top, so that nobody needs it:

    # The SQL that a value of the library's own types means.
    def statements(value: Any) -> Iterable[str]: ...
    # What is attached to a MetaData, and means an entity.
    def of_metadata(metadata: MetaData, home: str) -> Iterable[Attached]: ...
    # What is to be said of what is attached to it: that it means none, for example.
    def remarks(metadata: MetaData) -> Iterable[str]: ...

`home` is the schema where the project's unqualified names live.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sqlalchemy import MetaData


class Attached(NamedTuple):
    """What one declaration that is attached to a MetaData means.

    `objects` is what a module may have given a name, so that its place is found; `sql` is read once that is known, and
    may raise SqlError.
    """

    objects: tuple[object, ...]
    sql: Iterable[str]


def statements_of(value: object) -> Iterable[str]:
    """The SQL of an object of one of the libraries, none of any other value."""
    for name in _packages(value):
        for module in _libraries().get(name, ()):
            if hasattr(module, "statements"):
                return _of(module.statements(value))
    return ()


def is_of(value: object, library: str) -> bool:
    """Whether an object is one of a library's types, or of a type that is made of one."""
    return library in _packages(value)


def _packages(value: object) -> dict[str, None]:
    return dict.fromkeys(base.__module__.partition(".")[0] for base in type(value).__mro__)


def attached_to(metadata: MetaData, home: str) -> Iterator[Attached]:
    """What the libraries, as far as they are in use, have attached to a MetaData."""
    for module in _in_use("of_metadata"):
        yield from module.of_metadata(metadata, home)


def remarks_on(metadata: MetaData) -> Iterator[str]:
    """Sentences on what they have attached to it, for whom it is not what it seems."""
    for module in _in_use("remarks"):
        yield from module.remarks(metadata)


def _in_use(what: str) -> Iterator[ModuleType]:
    for name, modules in _libraries().items():
        yield from (module for module in modules if name in sys.modules and hasattr(module, what))


def _of(found: Any) -> Iterable[str]:
    statements: Iterable[str] = found
    return statements


@cache
def _libraries() -> dict[str, list[ModuleType]]:
    """The modules by the package that they read."""
    found: dict[str, list[ModuleType]] = {}
    for item in iter_modules(__path__, f"{__name__}."):
        module = import_module(item.name)
        found.setdefault(module.LIBRARY, []).append(module)
    return found
