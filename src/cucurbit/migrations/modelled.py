"""The tables of an inventory that become models: what these say is no entity, and is in the baseline as SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from cucurbit.entities.entity import Entity
from cucurbit.migrations.fitted import beside, fitted
from cucurbit.migrations.inventory import Inventory, Item, Present, as_entity, unmanaged
from cucurbit.migrations.reader import OF_A_MODEL
from cucurbit.project.settings import Settings
from cucurbit.sql.dump import created_table

if TYPE_CHECKING:
    from cucurbit.database.models import Models


def modelled(
    settings: Settings,
    connection: Connection,
    inventory: Inventory,
    present: Present,
    is_entity: Callable[[Entity], bool],
) -> tuple[Inventory, Models]:
    """The inventory where tables have models, and these; `is_entity` tells what may be one.

    An index of such a table that no model says becomes an entity. Raises CucurbitError where models cannot be made.
    """
    indexes = {entity.identity: entity for item in inventory.items if (entity := _index(item, present, settings.home))}
    entities = [*inventory.entities, *indexes.values()]
    models = fitted(settings, connection, inventory.tables, entities)
    declared = {entity.identity for entity in beside(models, entities, settings.home)}

    def turned(item: Item) -> Item:
        if item.entity is not None:
            return item if item.entity.identity in declared else unmanaged(item)
        index = _index(item, present, settings.home)
        if index is not None and item.part is not None and item.part.table in models.tables:
            return Item(item.dumped, index) if index.identity in declared and is_entity(index) else item
        return _of_a_model(item, models)

    return Inventory([turned(item) for item in inventory.items], inventory.dumped), models


def _index(item: Item, present: Present, home: str) -> Entity | None:
    """The index that a part of a table is, as an entity."""
    entity = as_entity(item, home) if item.part is not None and item.part.made is not None else None
    return entity if entity is not None and entity.identity in present else None


def _of_a_model(item: Item, models: Models) -> Item:
    if item.part is None or item.dumped is None or created_table(item.dumped.node) not in models.tables:
        return item
    return replace(item, part=replace(item.part, what=f"{item.part.what}{OF_A_MODEL}"))
