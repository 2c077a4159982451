"""The kinds, one module each. A module that is put here is found; nothing lists them."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from cucurbit.entities.entity import Entity
from cucurbit.entities.kinds.refusals import refusal
from cucurbit.errors import Place, SqlError
from cucurbit.sql.parse import Node
from cucurbit.sql.secrets import masked


@cache
def all_kinds() -> dict[str, type[Entity]]:
    """Every kind by its name (`materialized view`), in the order of their ranks."""
    found: dict[str, type[Entity]] = {}
    for module in iter_modules(__path__, f"{__name__}."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Entity) and value.kind and value.__module__ == module.name:
                found[value.kind] = value
    return dict(sorted(found.items(), key=lambda item: (item[1].rank, item[0])))


@cache
def by_node() -> dict[str, list[type[Entity]]]:
    """The kinds by the parser's name for their statements."""
    nodes: dict[str, list[type[Entity]]] = {}
    for kind in all_kinds().values():
        for node in (kind.node, *kind.other_nodes):
            nodes.setdefault(node, []).append(kind)
    return nodes


def by_class() -> dict[str, type[Entity]]:
    """The kinds by the names of their classes, as users import them."""
    return {kind.__name__: kind for kind in all_kinds().values()}


def of_node(node: Node, sql: str, place: Place | None) -> type[Entity]:
    """The kind of a parsed statement. Raises SqlError, with the reason, when it is of none."""
    for kind in by_node().get(node.tag, ()):
        if kind.accepts(node):
            return kind
    first, _, rest = masked(sql.strip()).partition("\n")
    shortened = f"{first[:60]} …" if rest or len(first) > 60 else first
    why, instead = refusal(node)
    raise SqlError(
        f"not a statement that defines an entity: {shortened}\n{why[0].upper()}{why[1:]}.", hint=instead, place=place
    )
