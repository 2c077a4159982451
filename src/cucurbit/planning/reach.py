"""What an entity reads to any depth: a view reads what the views read that it reads."""

from __future__ import annotations

from collections.abc import Iterable

from cucurbit.entities.entity import Entity
from cucurbit.planning.order import Thing, things


def reached(entity: Entity, entities: Iterable[Entity], home: str) -> frozenset[Thing]:
    """The things that an entity refers to, by itself or through the others; `home` is for names without a schema."""
    makers = {Thing(*thing): other for other in entities for thing in other.provided}
    found: set[Thing] = set()
    waiting = list(things(entity.references, home))
    while waiting:
        thing = waiting.pop()
        if thing not in found:
            found.add(thing)
            if thing in makers:
                waiting += things(makers[thing].references, home)
    return frozenset(found)
