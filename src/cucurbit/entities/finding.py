"""What is wrong or doubtful with an entity among everything else that a project declares."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from cucurbit.entities.identity import Identity
from cucurbit.errors import Place

if TYPE_CHECKING:
    from cucurbit.entities.entity import Entity


@dataclass(frozen=True)
class Finding:
    """A remark on one entity, or on what stands at `at` and is none: `level` is `error` or `warning`."""

    level: str
    message: str
    entity: Entity | None
    hint: str | None = None
    at: Place | None = None

    @property
    def place(self) -> Place | None:
        """Where it is to be put right."""
        return self.entity.origin if self.entity else self.at

    def __str__(self) -> str:
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.message}" + (f"\n{self.hint}" if self.hint else "")


class Declarations(Protocol):
    """What a check may ask of the whole project."""

    @property
    def identities(self) -> set[Identity]:
        """The identities of all declared entities."""

    @property
    def entities(self) -> Mapping[Identity, Entity]:
        """All declared entities."""

    @property
    def tables(self) -> Sequence[tuple[str, str]]:
        """Schema and name of every table of the models."""

    @property
    def relations(self) -> Collection[tuple[str, ...]]:
        """Schema and name of every `sqlalchemy.Sequence` and `Index` of the models."""
        return ()
