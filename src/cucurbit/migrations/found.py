"""What a run of migrations finds in the place of something that it counts on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cucurbit.entities.entity import Entity
from cucurbit.planning.change import Change


@dataclass(frozen=True)
class Found:
    """The first change, in a revision, of what is not as it was recorded: `present` is what it is, None: it is gone.

    With `is_coming` it is what the change is to make of it, already. `beside` is what the catalog tells along with it,
    and nobody has recorded: it would outlive a change in place.
    """

    revision: str
    change: Change
    present: Entity | None = None
    beside: Sequence[Entity] = ()
    is_coming: bool = False

    def is_about(self, change: Change) -> bool:
        """Whether it is of this change, and not of a later one of the same entity."""
        return _sides(change) == _sides(self.change)

    def changes(self) -> list[Change]:
        """What there is to do to get where the change was to lead."""
        new, old = self.change.new, self.change.old
        if self.is_coming or (new is None and self.present is None):
            return []
        gone = [Change(None, entity) for entity in self.beside]
        if self.change.renamed and len(self.change.identities) > 1:  # the name is for what was recorded
            return [*gone, Change(old, self.present), self.change]
        return [*gone, Change(new, self.present)]


def _sides(change: Change) -> tuple[str, str | None, str | None]:
    new, old = (side.hash if side else None for side in (change.new, change.old))
    return change.action, new, old
