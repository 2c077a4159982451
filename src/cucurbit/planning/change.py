"""One entity's change: created, replaced, renamed, dropped; or adopted, when it was there before it was an entity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity

_SIGNS = {"create": "+", "replace": "~", "rename": "~", "drop": "-", "adopt": "=", "release": "="}


@dataclass(frozen=True)
class Change:
    """`new` alone is a creation, `old` alone a drop, both a replacement or, `renamed`, the same object by another name.

    Renamed is also what only refers to something by its new name: the server has carried it along. `adopted`, a new
    side alone is an object that is there and becomes an entity, an old one alone an entity that is none any more.
    """

    new: Entity | None
    old: Entity | None
    renamed: bool = False
    adopted: bool = False

    @property
    def action(self) -> str:
        """`create`, `replace`, `rename` or `drop`; `adopt` or `release`."""
        if self.renamed:
            return "rename"
        if self.adopted:
            return "release" if self.new is None else "adopt"
        if self.new is None:
            return "drop"
        return "create" if self.old is None else "replace"

    @property
    def entity(self) -> Entity:
        """The entity as it will be, or as it was where it goes."""
        entity = self.new or self.old
        if entity is None:
            raise ValueError("a change has a new side or an old side")
        return entity

    @property
    def identity(self) -> Identity:
        """What changes."""
        return self.entity.identity

    def reverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.old, self.new, self.renamed, self.adopted)

    @property
    def identities(self) -> list[Identity]:
        """All that changes: of a rename the new identity and the one that goes, if it is another."""
        return list(dict.fromkeys(side.identity for side in (self.new, self.old) if side))

    @property
    def line(self) -> tuple[str, str]:
        """A sign (`+`, `~`, `-`, `=`) and a sentence for people."""
        sign = _SIGNS[self.action]
        if not self.renamed:
            return sign, f"{self.action.title()} {self.identity}"
        if len(self.identities) == 1:
            return sign, f"Carry along {self.identity}"
        new, old = self.identities
        return sign, f"Rename {old} to {new.text}"


def compare(declared: Mapping[Identity, Entity], recorded: Mapping[Identity, Entity]) -> list[Change]:
    """The changes that turn the recorded state into the declared one, sorted by identity."""
    changes = []
    for identity in declared.keys() | recorded.keys():
        new, old = declared.get(identity), recorded.get(identity)
        if new is None or old is None or differs(new, old):
            changes.append(Change(new, old))
    return sorted(changes, key=lambda change: str(change.identity))


def differs(new: Entity, old: Entity) -> bool:
    """Whether two definitions of one identity mean different things.

    Where the hashes differ both texts are printed again: a hash that an earlier release recorded may come from a
    printer that wrote otherwise.
    """
    return new.hash != old.hash and new.canonical != old.canonical
