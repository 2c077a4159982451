"""Arrivals: what a run is to create, or to adopt, and the database has already, unknown to its ledger.

Somebody made it by hand, or by another tool, before it was declared. Where it is what the run leads to, that is all
that was wanted, and it is recorded; where it is another one, it is drift like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from sqlalchemy import Connection

from cucurbit.database import catalog, ledger, version
from cucurbit.database.spelling import means_in_place
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import CucurbitError, DriftError, SqlError
from cucurbit.migrations.drift import Suspicion, Verdict, settle
from cucurbit.migrations.executor import Step, revision_of
from cucurbit.migrations.reader import RevisionFile, ancestors, heads
from cucurbit.migrations.screen import Difference, screen
from cucurbit.planning.change import Change
from cucurbit.project.settings import Settings
from cucurbit.sql.parse import split
from cucurbit.sql.secrets import masked


@dataclass(frozen=True)
class Arrival:
    """An entity that a run makes first of all by this change, and what the database has of its name.

    `reason` is why nobody can tell whether the two are the same, empty where it is known.
    """

    revision: str
    change: Change
    present: str
    is_same: bool
    reason: str = ""

    @property
    def there(self) -> Entity:
        """What the database has, as an entity; what is to come where it has no words for it."""
        try:
            found = Entity.from_sql(split(self.present, "catalog")[0].sql, schema=self.change.entity.home)
        except SqlError:
            return self.change.entity
        return found if found.identity == self.change.identity else self.change.entity


def arrivals(
    settings: Settings, connection: Connection, steps: Sequence[Step], files: Mapping[str, RevisionFile]
) -> list[Arrival]:
    """What is there before its time; one query, where a run creates or adopts anything."""
    clear = arriving(steps, files, settings.home)
    coming = _adopting(steps, files, settings.home) | clear
    present = catalog.among(connection, coming) if coming else {}
    recorded = ledger.read(connection, settings).keys() if present else ()
    begun = ledger.read_begun(connection, settings) if present else {}  # what these have made is theirs
    current = version.current(connection, settings) if present else []
    connection.rollback()
    doubtful = {
        identity: Suspicion(coming[identity][1].entity, definition.sql or "")
        for identity, definition in present.items()
        if identity not in recorded and coming[identity][0] not in begun
    }
    if not doubtful:
        return []
    past = ancestors(files, current)
    verdicts, reason = _settled(settings, connection, heads(files, past | set(map(revision_of, steps))), doubtful)
    # SQL of the run comes before these: what is as the history has it today may be changed by then.
    behind = {i: doubt for i, doubt in doubtful.items() if i not in clear and verdicts[i].is_drift}
    today, _ = _settled(settings, connection, heads(files, past), behind)
    told = [i for i in doubtful if i in clear or (i in today and today[i].is_drift)]
    return [
        Arrival(*coming[identity], doubtful[identity].present, not verdicts[identity].is_drift, reason)
        for identity in sorted(told, key=str)
    ]


def arriving(steps: Iterable[Step], files: Mapping[str, RevisionFile], home: str) -> dict[Identity, tuple[str, Change]]:
    """What a run creates or adopts, by the revision that does; nothing behind what may do so in words of its own.

    What is no object of its own is created over what is there, and so is what is the whole server's.
    """
    found: dict[Identity, tuple[str, Change]] = {}
    known: set[Identity] = set()
    freed: set[str] = set()
    for step in steps:
        file = files[revision_of(step)]
        if not step.is_upgrade:
            break
        freed |= file.frees
        for change in file.clear_changes(home):
            is_coming = change.old is None and not change.entity.is_out_of_reach and change.identity.name not in freed
            if is_coming and (change.adopted or change.entity.is_object) and change.identity not in known:
                found[change.identity] = (file.revision, change)
            known |= set(change.identities)
        if not file.is_clear:
            break
    return found


def _adopting(
    steps: Iterable[Step], files: Mapping[str, RevisionFile], home: str
) -> dict[Identity, tuple[str, Change]]:
    """What a run adopts, wherever that stands: also behind SQL that may make or change it."""
    found: dict[Identity, tuple[str, Change]] = {}
    for step in takewhile(lambda step: step.is_upgrade, steps):
        revision = revision_of(step)
        for change in files[revision].changes(home):
            if change.adopted and change.new is not None and not change.entity.is_out_of_reach:
                found.setdefault(change.identity, (revision, change))
    return found


def refusal(others: Sequence[Arrival]) -> DriftError:
    """What to say of things that are there, and are not what is to come."""
    first = others[0]
    name = str(first.change.identity)
    more = f", and so {'is' if len(others) == 2 else 'are'} {len(others) - 1} more" if len(others) > 1 else ""
    told = [
        screen([_difference(other) for other in others]),
        "",
        "Nothing was run.",
        "To take what the database has into the source file, and make the migration anew:",
        f'  python manage.py adopt "{name}"',
        "To go on, and lose what the database has:",
        "  python manage.py migrate --on-drift overwrite",
    ]
    for reason in sorted({other.reason for other in others if other.reason})[:1]:
        told += [
            f"It may be no more than another spelling: {reason}",
            "A [scratch] url in settings.toml, where databases can be made, would settle it.",
        ]
    verb = "take over" if first.change.adopted else "create"
    another = "may be another one" if first.reason else "is another one"
    message = f"{name}, which {first.revision} is to {verb}, is in the database already, and {another}{more}"
    return DriftError(message, hint="\n".join(told))


def _difference(arrival: Arrival) -> Difference:
    name = str(arrival.change.identity)
    title = f"{name}: in the database, and not in its ledger"
    texts = masked(arrival.present), masked(arrival.change.entity.sql)
    return Difference(name, title, *texts, ("database", f"migration {arrival.revision}"), "in the migration")


def _settled(
    settings: Settings, connection: Connection, revisions: Sequence[str], doubtful: Mapping[Identity, Suspicion]
) -> tuple[Mapping[Identity, Verdict], str]:
    """A verdict on each; where no scratch database can be had, by the texts and the database itself, and why."""
    try:
        return settle(settings, revisions, doubtful), ""
    except CucurbitError as error:
        found = {identity: _settled_here(connection, suspicion) for identity, suspicion in doubtful.items()}
        connection.rollback()
        return found, error.message


def _settled_here(connection: Connection, suspicion: Suspicion) -> Verdict:
    if suspicion.is_plain or not means_in_place(connection, suspicion.recorded, suspicion.present):
        return suspicion.verdict
    return replace(suspicion.verdict, is_drift=False)
