"""What of a database is to be adopted, and as what."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from cucurbit.database.needs import Address
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import AppError
from cucurbit.migrations.inventory import Inventory, Item, Present, unmanaged
from cucurbit.sql.dump import Dumped, names_in
from cucurbit.sql.secrets import tells_secret

SHARED = "it belongs to the whole server: --kind {kind} takes it"
CIRCLE = "it stands in a circle with others, which no entity can: it stays in the baseline as SQL"
GRANTED = "{role} has granted it; where it is made anew, the role that migrates does"
TOLD = "it has a password in it, and a file is no place for one"
HIDDEN = "without its secret ({what}), which is in no file: set it by hand where it is made anew"


Name = tuple[tuple[str, ...], tuple[str, ...] | None]
"""Names, and arguments if there are any."""


@dataclass(frozen=True)
class Selection:
    """Schemas, kinds (of those only are entities) and patterns of names to leave out; empty: no limit.

    Kinds of the whole server, roles for example, are taken only where they are named; if no others are named, they
    come on top of all others.
    """

    schemas: Sequence[str] = ()
    kinds: Sequence[str] = ()
    exclude: Sequence[str] = ()
    needed: Collection[tuple[str, ...]] = ()
    """The names of objects in no schema, an extension for example, that the schemas need."""

    def needing(self, present: Present, addresses: Collection[Address]) -> Selection:
        """The same, with what the schemas need; `addresses` are of what is in them, and of all that it needs."""
        names = (i.names for i, d in present.items() if i.schema is None and (d.classid, d.objid) in addresses)
        return replace(self, needed=frozenset(names))

    @property
    def is_limited(self) -> bool:
        """Whether anything is left out."""
        return bool(self.schemas or self.exclude)

    def check(self) -> None:
        """Raise AppError for a kind that there is not."""
        for kind in self.kinds:
            if kind not in all_kinds():
                close = get_close_matches(kind, all_kinds(), 1)
                raise AppError(
                    f"there is no kind {kind!r}",
                    hint=f"Did you mean {close[0]!r}?" if close else f"There are: {', '.join(sorted(all_kinds()))}",
                )

    @property
    def read(self) -> set[str]:
        """The kinds to be read from the catalog."""
        return {name for name, kind in all_kinds().items() if not kind.is_shared or name in self.kinds}

    def is_entity(self, entity: Entity) -> bool:
        """Whether it is to be an entity, and not only a statement of the baseline."""
        only = [kind for kind in self.kinds if not all_kinds()[kind].is_shared]
        return not only or entity.identity.kind in self.kinds

    def takes(self, identity: Identity) -> bool:
        """Whether an entity is in the schemas, and excluded by no pattern; by its own name."""
        return self._in_schemas(identity) and not self._excluded(
            str(identity), identity.text, ".".join(identity.names), identity.name
        )

    def takes_table(self, schema: str, name: str) -> bool:
        """The same of a table."""
        if self.schemas and schema not in self.schemas:
            return False
        return not self._excluded(f"table {schema}.{name}", f"{schema}.{name}", name)

    def _in_schemas(self, identity: Identity) -> bool:
        if not self.schemas:
            return True
        if identity.names and all_kinds()[identity.kind].has_schema and identity.schema is not None:
            return identity.schema in self.schemas
        if len(identity.names) < 2 and identity.names in self.needed:
            return True
        words = {name for word, name in identity.phrases if word == "in schema"}
        is_of_schema = "schema" in all_kinds()[identity.kind].provides or identity.on.endswith(" schema")
        names = identity.names[:1] if is_of_schema or len(identity.names) > 1 else ()
        return bool({*words, *names} & set(self.schemas))

    def _excluded(self, *names: str) -> bool:
        return any(fnmatchcase(name, pattern) for pattern in self.exclude for name in names)


@dataclass
class Selected:
    """What was selected; `left` is what was left out, or adopted without something, and why; by name.

    `is_compared` tells whether a statement of a dump is about what was selected.
    """

    inventory: Inventory
    left: dict[str, str] = field(default_factory=dict)
    is_compared: Callable[[Dumped], bool] = lambda one: True


def select(
    found: Inventory,
    present: Present,
    selection: Selection,
    role: str,
    losses: Mapping[Address, str],
    schemas: Collection[str],
) -> Selected:
    """What is to be adopted of all that is there; `role` is who migrates, `losses` are secrets by address, `schemas`
    those that are made before any migration runs.
    """
    entities = [item.entity for item in found.items if item.entity is not None]
    reasons = {entity.identity: reason for entity in entities if (reason := _reason(entity, selection))}
    circles = {item.entity.identity for item in found.items if item.entity is not None and item.old is not None}
    gone = _gone(found, present, selection) | {(i.names, i.arguments) for i in reasons if len(i.names) > 1}
    without = {names for names, _ in gone}
    unsaid = {id(one) for one in _unread(found) if without and names_in(one.node) in without}
    items = []
    for item in found.items:
        entity = item.entity
        if not (_is_about(item, gone) if entity is None else _goes(entity.identity, selection, gone, reasons)):
            is_made = entity is not None and _is_made(entity, role, schemas)
            is_plain = entity is None or not selection.is_entity(entity) or entity.identity in circles
            items += [] if is_made else [unmanaged(item) if is_plain else item]
            unsaid |= {id(item.dumped)} if entity is not None and entity.is_out_of_reach else set()
        else:
            unsaid.add(id(item.dumped))
    secrets = dict(_secrets(items, present, losses))
    left = {str(identity): reason for identity, reason in reasons.items() if selection.takes(identity)}
    left |= {str(identity): CIRCLE for identity in circles if selection.takes(identity)}
    left |= {str(i.entity): GRANTED.format(role=i.dumped.grantor) for i in items if i.dumped and i.dumped.grantor}
    left |= {str(identity): HIDDEN.format(what=told) for identity, told in secrets.items()}
    hidden = {identity.names for identity in secrets}
    inventory = Inventory(items, [one for one in found.dumped if id(one) not in unsaid])
    return Selected(inventory, left, lambda one: not hidden or names_in(one.node) not in hidden)


def _goes(identity: Identity, selection: Selection, gone: set[Name], reasons: Mapping[Identity, str]) -> bool:
    return identity in reasons or not selection.takes(identity) or _shares(identity, gone)


def _is_made(entity: Entity, role: str, schemas: Collection[str]) -> bool:
    """Whether it is there without a statement of the revision."""
    return entity.is_usual(role) or ("schema" in entity.provides and entity.identity.name in schemas)


def _reason(entity: Entity, selection: Selection) -> str:
    """Why an entity is left out though it was not excluded; empty for any other."""
    if entity.is_out_of_reach and entity.identity.kind not in selection.kinds:
        return SHARED.format(kind=entity.identity.kind)
    return TOLD if tells_secret(entity.sql) else ""


def _gone(found: Inventory, present: Present, selection: Selection) -> set[Name]:
    """The names of tables and of objects that are left out, and take what is said of them along."""
    tables = {item.part.table for item in found.items if item.part is not None and len(item.part.table) == 2}
    gone: set[Name] = {(table, None) for table in tables if not selection.takes_table(*table)}
    objects = (identity for identity, definition in present.items() if definition.is_object)
    return gone | {(i.names, i.arguments) for i in objects if i.names and not selection.takes(i)}


def _unread(found: Inventory) -> list[Dumped]:
    """The statements that say what the catalog says with another one: ALTER PUBLICATION … ADD TABLE."""
    read = {id(item.dumped) for item in found.items}
    return [one for one in found.dumped if id(one) not in read]


def _is_about(item: Item, gone: set[Name]) -> bool:
    return item.part is not None and any((names, None) in gone for names in (item.part.table, item.part.made or ()))


def _shares(identity: Identity, gone: set[Name]) -> bool:
    """Whether it is said of something that goes, or hangs on it."""
    if len(identity.names) > 2:
        return (identity.names[:2], None) in gone or (identity.names, identity.arguments) in gone
    return (
        len(identity.names) == 2 and all_kinds()[identity.kind].is_said and (identity.names, identity.arguments) in gone
    )


def _secrets(items: Iterable[Item], present: Present, losses: Mapping[Address, str]) -> Iterable[tuple[Identity, str]]:
    for item in items:
        if item.entity is not None and (definition := present.get(item.entity.identity)) is not None:
            told = losses.get((definition.classid, definition.objid)) if definition.is_object else None
            if told is not None:
                yield item.entity.identity, told
