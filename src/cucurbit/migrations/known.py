"""Entities by their SQL: what a proof runs several times, and a revision file has once more, is read once."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from cucurbit.entities.entity import Entity, caller
from cucurbit.errors import Place

_MOST = 10_000

_entities: dict[tuple[str, str], Entity] = {}


def entity(sql: str, home: str, origin: Place | None = None) -> Entity:
    """The entity of a statement that stands at a place, by default where the user's code is.

    Raises SqlError as Entity.from_sql does.
    """
    place = origin or caller()
    found = _entities.get((sql, home))
    if found is None:
        keep([found := Entity.from_sql(sql, schema=home, origin=place)])
    if found.origin != place:
        found = copy(found)
        found.__dict__["origin"] = place
    return found


def keep(entities: Iterable[Entity]) -> None:
    """Remember entities that were read already."""
    for one in entities:
        if len(_entities) >= _MOST:
            _entities.clear()
        _entities[one.sql, one.home] = one
