"""Adoption on top of a history: what that makes already is not made again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.migrations.inventory import Inventory, Item, Present, Reader, by_subject, stated, subject_of
from cucurbit.sql.dump import Dumped


def continued(
    inventory: Inventory, made: Sequence[Dumped], present: Present, recorded: Collection[Identity], home: str
) -> Inventory:
    """The steps that are left where a history has run: `made` is the dump of what it makes, `present` the catalog's.

    What it makes, and no ledger has (`recorded`), is adopted as it is; where the database has another definition, that
    replaces it then.
    """
    before = by_subject(made, made, home)
    reader = Reader(inventory.dumped, {}, home, "")  # which reads each statement as those of the history are read
    items: list[Item] = []
    for item in inventory.items:
        if item.entity is None:
            subject = subject_of(reader.item(item.dumped) if item.dumped else item)
            items += [] if subject in before else [item]
        elif item.entity.identity not in recorded:
            there = present.get(item.entity.identity)
            items += [item] if there is None else _adopted(item, item.entity, before, stated(there, home))
    return Inventory(items, inventory.dumped)


def _adopted(item: Item, entity: Entity, before: dict[str, list[Dumped]], there: Entity | None) -> list[Item]:
    is_same = item.dumped is None or any(one.text == item.dumped.text for one in before.get(str(entity), ()))
    if is_same or there is None or there.canonical == entity.canonical:
        return [] if item.old is not None and item.entity is None else [replace(item, old=None, adopts=True)]
    return [Item(None, there, adopts=True), replace(item, old=there)]
