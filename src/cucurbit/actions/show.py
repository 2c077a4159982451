"""showentities: where every entity stands between its declaration, the ledger and the database."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from cucurbit.database import catalog, ledger, version
from cucurbit.database.catalog import Definition
from cucurbit.database.connect import connect
from cucurbit.database.ledger import Recorded
from cucurbit.database.unhandled import relations_of_extensions, unhandled
from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Finding
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import CucurbitError
from cucurbit.migrations.locations import read
from cucurbit.migrations.reader import RevisionFile, ancestors, oldest_first
from cucurbit.planning.change import differs
from cucurbit.project.apps import collect
from cucurbit.project.declared import Declared
from cucurbit.project.settings import Settings

if TYPE_CHECKING:
    from cucurbit.migrations.drift import Verdicts

APPLIED, NEW, CHANGED, REMOVED = "applied", "new", "changed", "removed"
DRIFTED, MISSING, UNMANAGED = "drifted", "missing", "unmanaged"
STATES = (APPLIED, NEW, CHANGED, REMOVED, DRIFTED, MISSING, UNMANAGED)


@dataclass(frozen=True)
class Shown:
    """One entity and its state.

    `migration` is the revision that waits to bring it about, None where it is still to be made or nothing is to be
    done. `suspected` marks a drift that no scratch database could settle. `before` and `after` are the texts that
    `--diff` compares.
    """

    identity: Identity
    state: str
    app: str | None = None
    origin: str | None = None
    hash: str | None = None
    revision: str | None = None
    applied_at: datetime | None = None
    migration: str | None = None
    suspected: bool = False
    before: str = ""
    after: str = ""

    def diff(self) -> str:
        """What changed, as a unified diff; empty where nothing did."""
        from difflib import unified_diff

        before, after = self.before.splitlines(), self.after.splitlines()
        sides = {DRIFTED: ("recorded", "database")}.get(self.state, ("applied", "declared"))
        lines = unified_diff(before, after, f"{sides[0]}: {self.identity}", f"{sides[1]}: {self.identity}", lineterm="")
        return "\n".join(lines)


@dataclass
class Overview:
    """All of them, sorted by kind and name, what the kinds remark, and objects of the database that are of no kind."""

    entities: list[Shown] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unhandled: list[str] = field(default_factory=list)


def show(settings: Settings, *, database: str = "default", everything: bool = False) -> Overview:
    """The state of every entity that is declared or recorded; `everything` adds those that are only in the database."""
    with connect(settings, database, read_only=True) as connection:
        recorded = ledger.read(connection, settings)
        declared = collect(settings, {row.entity.sql: row.entity for row in recorded.values()})
        kinds = {identity.kind for identity in declared.entities.keys() | recorded.keys()}
        kinds |= {kind.kind for kind in all_kinds().values() if everything and kind.is_listed}
        present = catalog.snapshot(connection, kinds, texts=False)
        objects = [(p.classid, p.objid) for p in present.values() if not all_kinds()[p.identity.kind].is_said]
        others = unhandled(connection, objects) if everything else []
        members = relations_of_extensions(connection) if everything else set()
        waiting = _waiting(settings, connection) if _unfinished(declared, recorded) else {}
        suspects = {i for i, row in recorded.items() if i in present and present[i].hash != row.catalog_hash}
        verdicts: Verdicts | None = {}
        if suspects:
            verdicts = _settled(settings, connection, {identity: recorded[identity].entity for identity in suspects})
    sides = _Sides(declared.entities, recorded, present, waiting, suspects, verdicts)
    known = declared.entities.keys() | recorded.keys()
    shown = [sides.shown(identity) for identity in known]
    if everything:
        shown += _unmanaged(settings, {i: d for i, d in present.items() if i.names[:2] not in members}, declared, known)
    return Overview(sorted(shown, key=lambda s: str(s.identity)), declared.check(), others)


@dataclass(frozen=True)
class _Sides:
    """All that is known of the entities; `verdicts` is None where no scratch database could settle a suspicion."""

    declared: Mapping[Identity, Entity]
    recorded: Mapping[Identity, Recorded]
    present: Mapping[Identity, Definition]
    waiting: Mapping[Identity, tuple[str, Entity | None]]
    suspects: set[Identity]
    verdicts: Verdicts | None

    def shown(self, identity: Identity) -> Shown:
        """One entity with its state, and the texts that tell why."""
        new, row = self.declared.get(identity), self.recorded.get(identity)
        state = self._state(identity, new, row)
        entity = new or (row.entity if row else None)
        before, after = row.entity.sql if row else "", new.sql if new else ""
        if state == DRIFTED and self.verdicts and identity in self.verdicts:
            before, after = self.verdicts[identity].recorded, self.verdicts[identity].present
        return Shown(
            identity,
            state,
            app=new.app if new else None,
            origin=str(new.origin) if new and new.origin else None,
            hash=entity.hash if entity else None,
            revision=row.revision if row else None,
            applied_at=row.applied_at if row else None,
            migration=self._migration(identity, new) if state in (NEW, CHANGED, REMOVED) else None,
            suspected=state == DRIFTED and self.verdicts is None,
            before=before,
            after=after,
        )

    def _state(self, identity: Identity, new: Entity | None, row: Recorded | None) -> str:
        if row is None:
            return NEW
        if identity not in self.present:
            return MISSING
        if identity in self.suspects and (self.verdicts is None or self.verdicts[identity].is_drift):
            return DRIFTED
        if new is None:
            return REMOVED
        return CHANGED if differs(new, row.entity) else APPLIED

    def _migration(self, identity: Identity, new: Entity | None) -> str | None:
        """The revision that waits and makes it what is declared; None where that migration is still to be made."""
        revision, coming = self.waiting.get(identity, (None, None))
        if new is None or coming is None:
            return revision if new is coming else None
        return revision if coming.hash == new.hash else None


def _settled(settings: Settings, connection: Connection, suspects: Mapping[Identity, Entity]) -> Verdicts | None:
    """The verdicts on suspicions of drift; None where no scratch database could settle them."""
    from cucurbit.migrations.drift import Suspicion, settle  # it takes a scratch database, which is seldom needed

    found = catalog.snapshot(connection, {identity.kind for identity in suspects})
    suspicions = {identity: Suspicion(entity, found[identity].sql or "") for identity, entity in suspects.items()}
    try:
        return settle(settings, version.current(connection, settings), suspicions)
    except CucurbitError:
        return None


def _unfinished(declared: Declared, recorded: dict[Identity, Recorded]) -> bool:
    if declared.entities.keys() != recorded.keys():
        return True
    return any(differs(entity, recorded[identity].entity) for identity, entity in declared.entities.items())


def _waiting(settings: Settings, connection: Connection) -> dict[Identity, tuple[str, Entity | None]]:
    """What the migrations that are not applied will have made of each entity, and the last of them to touch it."""
    files: dict[str, RevisionFile] = read(settings)
    applied = ancestors(files, version.current(connection, settings))
    waiting: dict[Identity, tuple[str, Entity | None]] = {}
    for revision in oldest_first(files):
        if revision not in applied:
            for change in files[revision].changes(settings.home):
                waiting |= dict.fromkeys(change.identities, (revision, None))
                waiting[change.identity] = (revision, change.new)
    return waiting


def _unmanaged(
    settings: Settings, present: dict[Identity, Definition], declared: Declared, known: Collection[Identity]
) -> list[Shown]:
    """What is in the database only, but for what initdb made, the models', and what migrations made for themselves."""
    own = {(settings.home,), (settings.ledger_name[0],), ledger.index_name(settings)}
    tables = {settings.ledger_name, settings.version_table_name}
    kinds = all_kinds()

    def is_unmanaged(identity: Identity, found: Definition) -> bool:
        kind = kinds[identity.kind]
        if not kind.is_listed or kind.is_of_models(identity, declared):
            return False
        if kind.is_said:
            return identity.names[:2] not in tables
        return identity.names not in own and found.objid >= catalog.FIRST_NORMAL_OID

    others = [(identity, found) for identity, found in present.items() if identity not in known]
    return [Shown(identity, UNMANAGED) for identity, found in others if is_unmanaged(identity, found)]
