"""Entities that are declared in the words of other libraries: one module for each library, found by being here.

A module has `LIBRARY`, the package whose objects it reads; and one or both of these, neither of which imports that
package at the top, so that nobody needs it:

    def statements(value: Any) -> Iterable[str]: ...           the SQL that a value of the library's own types means
    def of_metadata(metadata: MetaData) -> Iterable[str]: ...  the SQL of what is attached to a MetaData
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def statements_of(value: object) -> Iterable[str]:
    """The SQL of an object of one of the libraries, none of any other value."""
    for name in dict.fromkeys(base.__module__.partition(".")[0] for base in type(value).__mro__):
        for module in _libraries().get(name, ()):
            if hasattr(module, "statements"):
                return _of(module.statements(value))
    return ()


def statements_of_metadata(metadata: MetaData) -> Iterator[str]:
    """The SQL of what the libraries, as far as they are in use, have attached to a MetaData."""
    for name, modules in _libraries().items():
        for module in modules if name in sys.modules else ():
            if hasattr(module, "of_metadata"):
                yield from _of(module.of_metadata(metadata))


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
