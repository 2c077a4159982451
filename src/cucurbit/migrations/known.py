"""Entities by their SQL: what a proof runs several times, and a revision file has once more, is read once."""

from __future__ import annotations

from collections.abc import Iterable

from cucurbit.entities.entity import Entity
from cucurbit.errors import Place

_MOST = 10_000

_entities: dict[tuple[str, str], Entity] = {}


def entity(sql: str, home: str, origin: Place | None = None) -> Entity:
    """The entity of a statement; raises SqlError as Entity.from_sql does."""
    found = _entities.get((sql, home))
    if found is None:
        keep([found := Entity.from_sql(sql, schema=home, origin=origin)])
    return found


def keep(entities: Iterable[Entity]) -> None:
    """Remember entities that were read already."""
    for one in entities:
        if len(_entities) >= _MOST:
            _entities.clear()
        _entities[one.sql, one.home] = one
