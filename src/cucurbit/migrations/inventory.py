"""The inventory of a database: what `pg_dump` writes of it, statement by statement, and what each is to a project.

The order is that of the dump, in which everything works on an empty database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from cucurbit.database.catalog import FIRST_NORMAL_OID, Definition
from cucurbit.database.needs import Needs
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import SqlError
from cucurbit.sql.dump import PLACE, Dumped, Part, Relation, created_table, may_be_flag, part_of_table
from cucurbit.sql.newlines import without_returns
from cucurbit.sql.parse import or_replace, split

_FOR_ROLE = "for role"

Present = Mapping[Identity, Definition]


@dataclass(frozen=True)
class Item:
    """One step: an entity, with what it was before where it is made in two steps, or a part of a table.

    `dumped` is the statement of the dump that it comes from, None for what only the catalog has. `adopts` tells that
    the history has made the entity already.
    """

    dumped: Dumped | None
    entity: Entity | None = None
    old: Entity | None = None
    part: Part | None = None
    adopts: bool = False


@dataclass
class Inventory:
    """All steps, in order, and the statements that they stand for."""

    items: list[Item] = field(default_factory=list)
    dumped: list[Dumped] = field(default_factory=list)

    @property
    def entities(self) -> list[Entity]:
        """The entities as they are at the end, in the order in which they begin to be."""
        found: dict[Identity, Entity] = {}
        for item in self.items:
            if item.entity is not None:
                found[item.entity.identity] = item.entity
        return list(found.values())

    @property
    def tables(self) -> list[Relation]:
        """Schema and name of the tables."""
        found = (created_table(item.dumped.node) for item in self.items if item.part and item.dumped)
        return [table for table in found if table is not None]


class Reader:
    """Reads the statements of a dump with the help of what the catalog says of the same database.

    `home` is the schema of names without one, `role` the one that migrates.
    """

    def __init__(self, dumped: Sequence[Dumped], present: Present, home: str, role: str) -> None:
        self._dumped = dumped
        self._present = present
        self._home = home
        self._role = role
        self._tables = {table for one in dumped if (table := created_table(one.node)) is not None}
        self._steps: dict[Identity, list[int]] = {}

    def read(self) -> Inventory:
        """The steps of everything that the dump has, by the words that read best."""
        found = [self.item(one) for one in self._dumped]
        for position, item in enumerate(found):
            if item.entity is not None and item.entity.identity in self._present:
                self._steps.setdefault(item.entity.identity, []).append(position)
        items = [self._in_other_words(item) for item in found]
        for identity, steps in self._steps.items():
            self._reword(items, identity, steps)
        owners: dict[Relation | None, tuple[str, ...]] = {
            item.part.made: item.part.table for item in items if item.part and item.part.made
        }
        items = [_owned(item, owners) for item in items if item.entity or item.part]
        return Inventory(items, list(self._dumped))

    def item(self, one: Dumped) -> Item:
        """One statement, by itself."""
        part = None if may_be_flag(one.node) else part_of_table(one.node, self._tables)
        entity = None if part else self._entity(one)
        if entity is None and part is None:
            part = part_of_table(one.node, self._tables)
        return Item(one, entity, part=part)

    def _entity(self, one: Dumped) -> Entity | None:
        try:
            entity = Entity.from_tree(one.node, without_returns(one.sql), schema=self._home, origin=PLACE)
        except SqlError:
            return None
        unnamed = _unnamed(entity.identity, self._role)
        if unnamed != entity.identity and unnamed in self._present:
            return stated(self._present[unnamed], self._home)
        return entity

    def _in_other_words(self, item: Item) -> Item:
        """What the catalog does not have by this identity: a column's sequence, or something else of the same name."""
        one, entity = item.dumped, item.entity
        if one is None or entity is None or entity.identity in self._present or entity.is_out_of_reach:
            return item
        identity = entity.identity
        same = self._by_name.get((identity.names, identity.arguments))
        if same is None:
            return Item(one, part=plain(entity))
        if same in self._steps:  # which makes it, and takes it along
            return Item(one)
        return Item(one, stated(self._present[same], self._home))

    @cached_property
    def _by_name(self) -> dict[tuple[tuple[str, ...], tuple[str, ...] | None], Identity]:
        objects = (identity for identity, found in self._present.items() if found.is_object)
        return {(identity.names, identity.arguments): identity for identity in objects}

    def _reword(self, items: list[Item], identity: Identity, steps: Sequence[int]) -> None:
        """Give an entity its best text; of several steps the last replaces the first."""
        first, last = steps[0], steps[-1]
        entity, before = items[last].entity, items[first].entity
        if entity is None or before is None:
            return
        best = self._best(entity, self._present[identity])
        if len(steps) > 1 and not entity.sql.startswith("CREATE OR REPLACE"):  # rights that several statements give
            items[first] = replace(items[first], entity=best)
            for step in steps[1:]:
                items[step] = replace(items[step], entity=None)
        else:
            items[last] = replace(items[last], entity=best, old=before if len(steps) > 1 else None)

    def _best(self, entity: Entity, definition: Definition) -> Entity:
        """The dump's text, laid out for people, where it says what the catalog says; else the catalog's."""
        if _squeezed(entity.sql) == _squeezed(definition.sql or ""):
            return entity
        other = stated(definition, self._home)
        return entity if other is None or other.canonical == entity.canonical else other


def _owned(item: Item, owners: Mapping[Relation | None, tuple[str, ...]]) -> Item:
    """A sequence that a column owns as a part of that table."""
    part = item.part
    if part is None or part.made is not None or part.table not in owners:
        return item
    return replace(item, part=replace(part, table=owners[part.table[0], part.table[1]]))


def plain(entity: Entity) -> Part:
    """An entity as a statement that is run, and is not looked after."""
    return Part(entity.identity.names[:2], f"+ Create {entity.identity}", tuple(entity.drop_statements()))


def by_subject(some: Iterable[Dumped], everything: Sequence[Dumped], home: str) -> dict[str, list[Dumped]]:
    """Some statements of a dump by what they are about; one that is not read is about itself."""
    reader = Reader(everything, {}, home, "")
    found: dict[str, list[Dumped]] = {}
    for one in some:
        found.setdefault(subject_of(reader.item(one)), []).append(one)
    return found


def subject_of(item: Item) -> str:
    """What a step is about, in words."""
    if item.entity is not None:
        return str(item.entity)
    return item.part.what if item.part else item.dumped.text if item.dumped else ""


def as_entity(item: Item, home: str) -> Entity | None:
    """The entity that the statement of a part would be; None where it is none's."""
    if item.dumped is None:
        return None
    try:
        return Entity.from_tree(item.dumped.node, without_returns(item.dumped.sql), schema=home, origin=PLACE)
    except SqlError:
        return None


def unmanaged(item: Item) -> Item:
    """The step of an entity as one of plain statements."""
    if item.entity is None:
        return item
    part = plain(item.entity)
    if item.old is not None:
        part = replace(part, what=f"~ Replace {item.entity.identity}", undo=(or_replace(item.old.sql),))
    return Item(Dumped(item.entity.sql), part=part)


def stated(definition: Definition, home: str) -> Entity | None:
    """The entity by the catalog's own words; None where these are no entity's."""
    try:
        sql = without_returns(split(definition.sql or "", "catalog")[0].sql)
        return Entity.from_sql(sql, schema=home, origin=PLACE)
    except (SqlError, IndexError):
        return None


def _unnamed(identity: Identity, role: str) -> Identity:
    """Without the role that migrates, for whom it goes without saying."""
    if not identity.phrases:
        return identity
    return identity._replace(phrases=tuple(phrase for phrase in identity.phrases if phrase != (_FOR_ROLE, role)))


_SPELLED = re.compile(r"(?<=create)orreplace|\$\w*(?=\$)")


def _squeezed(sql: str) -> str:
    """What is left of a text without layout, by which most texts of the dump and the catalog are one."""
    return _SPELLED.sub("", "".join(sql.split()).rstrip(";").lower())


def missing(inventory: Inventory, present: Present) -> list[Identity]:
    """The objects of the catalog that no statement of the dump is about, in the order of their kinds."""
    known = {item.entity.identity for item in inventory.items if item.entity is not None}
    of_tables = {item.part.made for item in inventory.items if item.part is not None}
    kinds = all_kinds()
    found = [
        identity
        for identity, definition in present.items()
        if identity not in known
        and not ("relation" in kinds[identity.kind].provides and identity.names in of_tables)
        and not kinds[identity.kind].is_said
        and definition.objid >= FIRST_NORMAL_OID
        and not any(word == _FOR_ROLE for word, _ in identity.phrases)
    ]
    return sorted(found, key=lambda identity: (kinds[identity.kind].rank, str(identity)))


def complete(inventory: Inventory, present: Present, home: str, needs: Needs) -> None:
    """Put in what only the catalog has, each behind the last thing that it needs; `needs` are by address."""
    at = {(d.classid, d.objid): i for i, d in present.items() if d.is_object}
    last: dict[object, int] = {}
    for number, item in enumerate(inventory.items):
        if item.entity is not None:
            last[item.entity.identity] = number
        elif item.part is not None:
            last[item.part.table] = number
    new: dict[int, list[Item]] = {}
    for identity in missing(inventory, present):
        entity = stated(present[identity], home)
        addresses, relations = needs.get((present[identity].classid, present[identity].objid), (set(), set()))
        wanted = [*(at[address] for address in addresses if address in at), *relations]
        number = last[identity] = max((last[thing] for thing in wanted if thing in last), default=-1)
        new.setdefault(number, []).append(Item(None, entity))
    for number in sorted(new, reverse=True):
        inventory.items[number + 1 : number + 1] = new[number]


def beside(identities: Iterable[Identity], present: Present, table: str) -> dict[Identity, Identity]:
    """The object with which each flag of it, and what is said of it, belongs; `table` is what a table is called."""
    objects = {(d.classid, d.objid): i for i, d in present.items() if d.is_object}
    relations = {i.names: i for i, d in present.items() if d.is_object and i.arguments is None}
    found = {}
    for identity in identities:
        definition = present.get(identity)
        if definition is None or definition.is_object:
            continue
        owner = objects.get((definition.classid, definition.objid)) or relations.get(identity.names[:2])
        if owner is None and len(identity.names) > 1:
            owner = Identity(table, identity.names[:2])
        found[identity] = owner or identity
    return found
