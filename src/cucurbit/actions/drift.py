"""checkdrift: whether a database still has what the ledger has recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from cucurbit.database import ledger, suspects
from cucurbit.database.connect import connect
from cucurbit.entities.identity import Identity
from cucurbit.migrations.guard import Drift, difference, judge
from cucurbit.migrations.locations import read
from cucurbit.migrations.reader import heads
from cucurbit.project.settings import Settings

DRIFTED, MISSING = "drifted", "missing"


@dataclass(frozen=True)
class Drifted:
    """One entity that is not what was recorded: since when it was that, by which revision and role, and the diff.

    `state` is `drifted` or `missing`; `suspected` says why it may be no more than another spelling, None where it is
    settled.
    """

    identity: Identity
    state: str
    suspected: str | None
    revision: str
    applied_at: datetime
    applied_by: str
    server_version: int
    diff: str


@dataclass(frozen=True)
class Checked:
    """How many entities are recorded, and those of them that are something else now, sorted by identity."""

    recorded: int
    drifted: Sequence[Drifted]


def check(settings: Settings, *, database: str = "default") -> Checked:
    """Look at every recorded entity, in a read-only transaction; the apps are not imported.

    The role has to be able to read the ledger, and nothing else. Without a scratch database what differs is suspected.
    """
    with connect(settings, database, read_only=True) as connection:
        recorded = ledger.read(connection, settings)
        found = suspects.find(connection, settings, recorded) if recorded else {}
        doubtful = {identity: suspect for identity, suspect in found.items() if not suspect.matches}
        revisions = _revisions(connection, settings) if doubtful else []
        connection.rollback()
    drifts = judge(settings, revisions, doubtful).drifts if doubtful else []
    return Checked(len(recorded), [_told(drift) for drift in drifts])


def _revisions(connection: Connection, settings: Settings) -> list[str]:
    """Where the database is, by the ledger: a role that may read nothing else is to do."""
    return heads(read(settings), ledger.read_revisions(connection, settings))


def _told(drift: Drift) -> Drifted:
    suspect = drift.suspect
    return Drifted(
        drift.identity,
        MISSING if drift.is_missing else DRIFTED,
        drift.reason or None,
        suspect.revision,
        suspect.applied_at,
        suspect.applied_by,
        suspect.server_version,
        "\n".join(difference(drift).lines()),
    )
