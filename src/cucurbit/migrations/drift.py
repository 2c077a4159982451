"""Settling a suspicion of drift: is a definition another one, or only spelled another way?

PostgreSQL does not always print a definition as it printed it before: a view that was dumped and restored, or moved to
another major version, reads otherwise. So what the ledger recorded and what the database has are both built on a
scratch database, and what that server says of the two is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.spelling import means, same
from cucurbit.entities.concurrent import INVALID
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import SqlError
from cucurbit.migrations.executor import on_scratch
from cucurbit.migrations.scripts import Scripts
from cucurbit.project.settings import Settings
from cucurbit.sql.parse import split


@dataclass(frozen=True)
class Suspicion:
    """An entity as recorded, what the catalog says of it now, and what a migration is about to make of it.

    `beside` are statements of others that the migration is about to make, and that the catalog tells along with it.
    """

    recorded: Entity
    present: str
    coming: Entity | None = None
    beside: Sequence[str] = ()

    @property
    def is_plain(self) -> bool:
        """Whether the texts alone tell, or nothing else could: what is the whole server's is the same on scratch."""
        return self.recorded.is_out_of_reach or self.verdict != self._drift

    @cached_property
    def verdict(self) -> Verdict:
        """What the texts tell."""
        if _agrees(self.recorded, self.present):
            return Verdict(False, False, self.recorded.sql, self.present)
        if self.coming is not None and _agrees(self.coming, self.present):
            return Verdict(True, True, self.recorded.sql, self.present)
        return self._drift

    @property
    def _drift(self) -> Verdict:
        return Verdict(True, False, self.recorded.sql, self.present)


@dataclass(frozen=True)
class Verdict:
    """Whether it is drift; whether the database has already what is coming; and the two texts, for people."""

    is_drift: bool
    is_coming: bool
    recorded: str
    present: str


Verdicts = dict[Identity, Verdict]


def settle(settings: Settings, revisions: Sequence[str], suspicions: Mapping[Identity, Suspicion]) -> Verdicts:
    """The verdict on each suspicion, of a database that is at these revisions.

    A scratch database is asked only for what the texts do not tell. Raises CucurbitError where there is none, or where
    the history does not run on it.
    """
    plain = {identity: found for identity, found in suspicions.items() if found.is_plain}
    verdicts = {identity: found.verdict for identity, found in plain.items()}
    rest = {identity: found for identity, found in suspicions.items() if identity not in plain}
    return verdicts | (_on_scratch(settings, revisions, rest) if rest else {})


def _agrees(entity: Entity, definition: str) -> bool:
    return entity.agrees(definition) if entity.is_out_of_reach else says(entity, definition)


def says(entity: Entity, definition: str) -> bool:
    """Whether a definition of the catalog is the entity's own statement, but for its layout."""
    if definition.endswith(INVALID):
        return False
    try:
        statements = split(definition, "catalog")
        if len(statements) != 1:
            return False
        return Entity.from_sql(statements[0].sql, schema=entity.home).canonical == entity.canonical
    except SqlError:
        return False


def _on_scratch(settings: Settings, revisions: Sequence[str], suspicions: Mapping[Identity, Suspicion]) -> Verdicts:
    with on_scratch(Scripts(settings), revisions) as scratch:
        made = catalog.snapshot(scratch, {identity.kind for identity in suspicions})
        return {
            identity: _verdict(scratch, (made[identity].sql or "") if identity in made else "", found)
            for identity, found in suspicions.items()
        }


def _verdict(scratch: Connection, recorded: str, found: Suspicion) -> Verdict:
    is_drift = not same(scratch, recorded, found.present)
    is_coming = is_drift and found.coming is not None and means(scratch, found.coming, found.present, found.beside)
    return Verdict(is_drift, is_coming, recorded, found.present)
