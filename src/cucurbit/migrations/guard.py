"""The guard: before a run, is what it is to replace, drop or rename still what the ledger has recorded?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from cucurbit.database import ledger, suspects, version
from cucurbit.database.suspects import Suspect
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import CucurbitError, DriftError, SqlError
from cucurbit.migrations.arrivals import arrivals, refusal
from cucurbit.migrations.drift import Suspicion, Verdict, says, settle
from cucurbit.migrations.executor import Step, revision_of
from cucurbit.migrations.found import Found
from cucurbit.migrations.locations import read
from cucurbit.migrations.reader import RevisionFile
from cucurbit.migrations.screen import Difference, screen
from cucurbit.planning.change import Change
from cucurbit.project.settings import Settings
from cucurbit.sql.parse import split
from cucurbit.sql.secrets import masked

STOP, OVERWRITE = "stop", "overwrite"
ON_DRIFT = (STOP, OVERWRITE)


@dataclass(frozen=True)
class Touch:
    """The first step of a run to replace, drop or rename an entity; `made` are the hashes of all that the run makes.

    `last` is what the run leaves of it, None where that is nothing of its name.
    """

    revision: str
    change: Change
    made: Set[str] = frozenset()
    last: Entity | None = None


@dataclass(frozen=True)
class Drift:
    """An entity that is not what was recorded; `reason` is why that is only a suspicion, empty where it is none."""

    suspect: Suspect
    recorded: str
    present: str
    reason: str = ""

    @property
    def identity(self) -> Identity:
        """What it is called."""
        return self.suspect.identity

    @property
    def is_missing(self) -> bool:
        """Whether it is gone."""
        return self.suspect.present is None


@dataclass(frozen=True)
class Guarded:
    """What a run is to know of the database that it finds, and what was overwritten, or renewed in the ledger."""

    found: Mapping[Identity, Found] = field(default_factory=dict)
    overwritten: Sequence[Identity] = ()
    renewed: Sequence[Identity] = ()


def guard(
    settings: Settings,
    connection: Connection,
    steps: Sequence[Step],
    *,
    on_drift: str = STOP,
    has_ledger: bool = True,
) -> Guarded:
    """See to it that a run of steps finds what it counts on: one query, and another where it makes something new.

    What is only spelled otherwise than it was recorded is renewed in the ledger, in a transaction of its own. Raises
    DriftError, unless `on_drift` is `overwrite`, for what somebody has changed by hand, or made.
    """
    files = read(settings) if steps else {}
    early = arrivals(settings, connection, steps, files) if steps else []
    others = [arrival for arrival in early if not arrival.is_same]
    if others and on_drift != OVERWRITE:
        raise refusal(others)
    touches = touched(steps, files, settings.home)
    guarded = _guard(settings, connection, touches, on_drift) if has_ledger else Guarded()
    if not early:
        return guarded
    there = {
        arrival.change.identity: Found(arrival.revision, arrival.change, arrival.there, is_coming=arrival.is_same)
        for arrival in early
    }
    overwritten = [*guarded.overwritten, *(arrival.change.identity for arrival in others)]
    return replace(guarded, found={**guarded.found, **there}, overwritten=overwritten)


def _guard(settings: Settings, connection: Connection, touches: Mapping[Identity, Touch], on_drift: str) -> Guarded:
    """What is recorded, and to be changed."""
    found = suspects.find(connection, settings, touches)
    if not found:
        return Guarded()
    revisions = version.current(connection, settings)
    connection.rollback()
    outcome = judge(settings, revisions, found, touches)
    begun = ledger.read_begun(connection, settings)  # what these have made by now is not recorded yet
    connection.rollback()
    own = {identity for identity, touch in touches.items() if touch.revision not in begun}
    drifts = [drift for drift in outcome.drifts if drift.identity in own]
    lost = [drift for drift in drifts if not _comes_back(drift, touches[drift.identity])]
    if lost and on_drift != OVERWRITE:
        raise _refusal(lost, touches)
    suspects.renew(connection, settings, outcome.renewable, revisions)
    there = {i: Found(touches[i].revision, touches[i].change, is_coming=True) for i in outcome.coming}
    if drifts:
        recorded = ledger.read(connection, settings).keys()
        connection.rollback()
        there |= {d.identity: _found(d.suspect, touches[d.identity], recorded) for d in drifts}
    renewed = [suspect.identity for suspect in outcome.renewable if not suspect.matches]
    return Guarded(there, [drift.identity for drift in lost], renewed)


def touched(steps: Iterable[Step], files: Mapping[str, RevisionFile], home: str) -> dict[Identity, Touch]:
    """The entities that a run changes and has not made itself, each with the first change."""
    known: set[Identity] = set()
    made: set[str] = set()
    found: dict[Identity, Touch] = {}
    last: dict[Identity, Entity | None] = {}
    for step in steps:
        revision = revision_of(step)
        for change in files[revision].changes(home, "upgrade" if step.is_upgrade else "downgrade"):
            if change.old is not None and change.old.identity not in known and not change.adopted:
                found[change.old.identity] = Touch(revision, change, made)
            known |= set(change.identities)
            last |= dict.fromkeys(change.identities) | ({change.new.identity: change.new} if change.new else {})
            made |= {change.new.hash} if change.new else set()
    return {identity: replace(touch, last=last[identity]) for identity, touch in found.items()}


@dataclass(frozen=True)
class Judged:
    """Suspects by what they turned out to be: drift, what is about to be made anyway, or fit to be renewed."""

    drifts: Sequence[Drift]
    coming: Sequence[Identity]
    renewable: Sequence[Suspect]


def judge(
    settings: Settings,
    revisions: Sequence[str],
    found: Mapping[Identity, Suspect],
    touches: Mapping[Identity, Touch] | None = None,
) -> Judged:
    """What the suspects are, of a database that is at these revisions; without scratch some are only suspected.

    `touches` are what is about to be made of them, or of others.
    """
    doubtful = {
        identity: _suspicion(suspect, touches or {})
        for identity, suspect in found.items()
        if suspect.present is not None and not suspect.matches
    }
    verdicts: Mapping[Identity, Verdict] = {}
    reason = ""
    try:
        verdicts = settle(settings, revisions, doubtful)
    except CucurbitError as error:
        reason = error.message
        verdicts = _settled_alone(settings, revisions, doubtful)
    drifts, same, coming = [], [], [identity for identity, verdict in verdicts.items() if verdict.is_coming]
    for identity, suspect in sorted(found.items(), key=lambda item: str(item[0])):
        verdict = verdicts.get(identity)
        if suspect.present is None and _is_to_go(identity, touches or {}):
            coming.append(identity)
        elif suspect.present is None:
            drifts.append(Drift(suspect, suspect.entity.sql, ""))
        elif suspect.matches or (verdict is not None and not verdict.is_drift):
            same.append(suspect)
        elif verdict is None:
            drifts.append(Drift(suspect, suspect.entity.sql, suspect.present, reason))
        elif not verdict.is_coming:
            drifts.append(Drift(suspect, verdict.recorded, verdict.present))
    return Judged(drifts, coming, same)


def _comes_back(drift: Drift, touch: Touch) -> bool:
    """Whether the run ends with what the database has: it was adopted, and a step before that is still to be run."""
    present = drift.suspect.present
    return touch.last is not None and present is not None and says(touch.last, present)


def _is_to_go(identity: Identity, touches: Mapping[Identity, Touch]) -> bool:
    """Whether it is about to be dropped: then it is no loss that somebody has done so."""
    return identity in touches and touches[identity].change.new is None


def _suspicion(suspect: Suspect, touches: Mapping[Identity, Touch]) -> Suspicion:
    present = suspect.present or ""
    touch = touches.get(suspect.identity)
    if touch is None or touch.change.renamed:
        return Suspicion(suspect.entity, present)
    return Suspicion(suspect.entity, present, touch.change.new, _beside(present, touch))


def _beside(present: str, touch: Touch) -> list[str]:
    """What the catalog tells along with an entity, and the same run is to make by itself."""
    found = list(_entities(present, touch.change.entity.home))
    return [entity.sql for entity in found[1:] if entity.hash in touch.made]


def _settled_alone(
    settings: Settings, revisions: Sequence[str], doubtful: Mapping[Identity, Suspicion]
) -> dict[Identity, Verdict]:
    """Those that need no scratch database: the others are asked about in vain."""
    return settle(settings, revisions, {i: suspicion for i, suspicion in doubtful.items() if suspicion.is_plain})


def _found(suspect: Suspect, touch: Touch, recorded: Collection[Identity]) -> Found:
    """What a change is to be told of something that has drifted."""
    if suspect.present is None:
        return Found(touch.revision, touch.change)
    entities = list(_entities(suspect.present, suspect.entity.home))
    if not entities or entities[0].identity != suspect.identity:  # what was recorded will have to do
        return Found(touch.revision, touch.change, suspect.entity)
    beside = [entity for entity in entities[1:] if entity.identity not in recorded]
    return Found(touch.revision, touch.change, entities[0], beside)


def _entities(definition: str, home: str) -> Iterator[Entity]:
    """The statements of a definition, as far as they are entities: the first is, others may be."""
    for statement in split(definition, "catalog"):
        with suppress(SqlError):
            yield Entity.from_sql(statement.sql, schema=home)


def difference(drift: Drift) -> Difference:
    """A drift, for people: since when it is not what was recorded, and the two texts without secrets."""
    suspect = drift.suspect
    when = f"{suspect.applied_at:%Y-%m-%d %H:%M} UTC"
    name = str(drift.identity)
    title = f"{name}: recorded by {suspect.revision} on {when} by {suspect.applied_by}"
    if drift.is_missing:
        return Difference(name, f"{title}, and gone from the database", "", "", ("", ""), "")
    recorded, present = masked(drift.recorded), masked(drift.present)
    if recorded == present:
        title += "; it differs in what is not shown, as a secret"
    more = f'showentities --diff --kind "{drift.identity.kind}"'
    return Difference(name, title, recorded, present, ("recorded", "database"), more)


def _refusal(drifts: Sequence[Drift], touches: Mapping[Identity, Touch]) -> DriftError:
    first, revision = drifts[0], touches[drifts[0].identity].revision
    others = f", and so {'is' if len(drifts) == 2 else 'are'} {len(drifts) - 1} more" if len(drifts) > 1 else ""
    reasons = {drift.reason for drift in drifts if drift.reason}
    if first.is_missing:
        what = "is gone from the database"
    elif first.reason:
        what = "may have been changed by hand since it was recorded"
    else:
        what = "was changed by hand since it was recorded"
    told = [screen([difference(drift) for drift in drifts], "python manage.py checkdrift")]
    told += ["", "Nothing was run."]
    if there := [drift.identity for drift in drifts if not drift.is_missing]:
        told += ["To take what the database has into the source file:", f'  python manage.py adopt "{there[0]}"']
    told += ["To go on, and lose what was changed by hand:", "  python manage.py migrate --on-drift overwrite"]
    for reason in sorted(reasons)[:1]:
        told += [
            f"It may be no more than another spelling: {reason}",
            "A [scratch] url in settings.toml, where databases can be made, would settle it.",
        ]
    return DriftError(f"{first.identity}, which {revision} is to change, {what}{others}", hint="\n".join(told))
