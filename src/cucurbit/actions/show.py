"""showentities: where every entity stands between its declaration, the ledger and the database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import unified_diff

from sqlalchemy import Connection

from cucurbit.actions.drift import settle
from cucurbit.database import catalog, ledger, version
from cucurbit.database.catalog import Definition
from cucurbit.database.connect import connect
from cucurbit.database.ledger import Recorded
from cucurbit.entities.entity import Entity, Finding
from cucurbit.entities.identity import Identity
from cucurbit.migrations.reader import RevisionFile, ancestors, read
from cucurbit.planning.change import differs
from cucurbit.project.apps import Declared, collect
from cucurbit.project.settings import Settings

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
        before, after = self.before.splitlines(), self.after.splitlines()
        sides = {DRIFTED: ("recorded", "database")}.get(self.state, ("applied", "declared"))
        lines = unified_diff(before, after, f"{sides[0]}: {self.identity}", f"{sides[1]}: {self.identity}", lineterm="")
        return "\n".join(lines)


@dataclass
class Overview:
    """All of them, sorted by kind and name, and what the kinds remark."""

    entities: list[Shown] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def show(settings: Settings, *, database: str = "default", everything: bool = False) -> Overview:
    """The state of every entity that is declared or recorded; `everything` adds those that are only in the database."""
    with connect(settings, database) as connection:
        recorded = ledger.read(connection, settings)
        present = catalog.snapshot(connection, texts=False)
        declared = collect(settings, {row.entity.sql: row.entity for row in recorded.values()})
        waiting = _waiting(settings, connection) if _unfinished(declared, recorded) else {}
        shown = [
            _shown(identity, declared, recorded, present, waiting)
            for identity in declared.entities.keys() | recorded.keys()
        ]
        suspects = {s.identity: recorded[s.identity] for s in shown if s.state == DRIFTED}
        if suspects:
            shown = _settled(shown, settle(settings, connection, suspects), declared, recorded, present, waiting)
        if everything:
            shown += _unmanaged(present, declared.entities.keys() | recorded.keys())
    return Overview(sorted(shown, key=lambda s: str(s.identity)), declared.check())


def _shown(
    identity: Identity,
    declared: Declared,
    recorded: dict[Identity, Recorded],
    present: dict[Identity, Definition],
    waiting: dict[Identity, tuple[str, Entity | None]],
    *,
    trusted: bool = False,
) -> Shown:
    new, row = declared.entities.get(identity), recorded.get(identity)
    state = _state(new, row, present.get(identity), trusted=trusted)
    revision, coming = waiting.get(identity, (None, None))
    if state == REMOVED:
        waits = revision if coming is None else None
    else:
        waits = revision if coming is not None and new is not None and coming.hash == new.hash else None
    return Shown(
        identity,
        state,
        app=new.app if new else None,
        origin=str(new.origin) if new and new.origin else None,
        hash=(new or (row.entity if row else new)).hash if new or row else None,  # type: ignore[union-attr] # one is
        revision=row.revision if row else None,
        applied_at=row.applied_at if row else None,
        migration=waits if state in (NEW, CHANGED, REMOVED) else None,
        before=row.entity.sql if row and state != NEW else "",
        after=new.sql if new else "",
    )


def _state(new: Entity | None, row: Recorded | None, found: Definition | None, *, trusted: bool) -> str:
    if row is None:
        return NEW
    if found is None:
        return MISSING
    if found.hash != row.catalog_hash and not trusted:
        return DRIFTED
    if new is None:
        return REMOVED
    return CHANGED if differs(new, row.entity) else APPLIED


def _settled(
    shown: list[Shown],
    verdicts: dict[Identity, tuple[str, str] | None] | None,
    declared: Declared,
    recorded: dict[Identity, Recorded],
    present: dict[Identity, Definition],
    waiting: dict[Identity, tuple[str, Entity | None]],
) -> list[Shown]:
    """The list again with every suspicion of drift confirmed, dropped, or marked as one that could not be settled."""
    if verdicts is None:
        return [replace(s, suspected=True) if s.state == DRIFTED else s for s in shown]
    settled = []
    for item in shown:
        texts = verdicts.get(item.identity)
        if item.state == DRIFTED and texts is None:
            settled.append(_shown(item.identity, declared, recorded, present, waiting, trusted=True))
        elif item.state == DRIFTED and texts is not None:
            settled.append(replace(item, before=texts[0], after=texts[1]))
        else:
            settled.append(item)
    return settled


def _unfinished(declared: Declared, recorded: dict[Identity, Recorded]) -> bool:
    if declared.entities.keys() != recorded.keys():
        return True
    return any(differs(entity, recorded[identity].entity) for identity, entity in declared.entities.items())


def _waiting(settings: Settings, connection: Connection) -> dict[Identity, tuple[str, Entity | None]]:
    """What the migrations that are not applied will have made of each entity, and the last of them to touch it."""
    files: dict[str, RevisionFile] = read(settings.root / settings.migrations / "versions")
    applied = ancestors(files, version.current(connection))
    waiting: dict[Identity, tuple[str, Entity | None]] = {}
    for revision in _oldest_first(files):
        if revision not in applied:
            for change in files[revision].changes(settings.home):
                waiting[change.identity] = (revision, change.new)
    return waiting


def _oldest_first(files: dict[str, RevisionFile]) -> list[str]:
    return sorted(files, key=lambda revision: (len(ancestors(files, [revision])), revision))


def _unmanaged(present: dict[Identity, Definition], known: Iterable[Identity]) -> list[Shown]:
    others = set(present) - set(known)
    return [Shown(i, UNMANAGED) for i in others if present[i].objid >= catalog.FIRST_NORMAL_OID]
