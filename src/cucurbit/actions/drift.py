"""Settling a suspicion of drift: is a definition another one, or only spelled another way?

PostgreSQL does not always print a definition as it printed it before: a view that was dumped and restored, or moved to
another major version, reads otherwise. So what the ledger recorded and what the database has are both built on a
scratch database, and what that server says of the two is compared.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from cucurbit.database import catalog, version
from cucurbit.database.scratch import Scratch
from cucurbit.database.spelling import same
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import CucurbitError
from cucurbit.project.settings import Settings

Verdicts = dict[Identity, tuple[str, str] | None]
"""For a drifted entity the text as recorded and as found, None for one that is only spelled otherwise."""


def settle(settings: Settings, connection: Connection, suspects: Mapping[Identity, Entity]) -> Verdicts | None:
    """The verdict on each suspect, as it is recorded; None where there is no scratch database to ask."""
    from cucurbit.migrations.executor import Executor
    from cucurbit.migrations.scripts import Scripts

    kinds = {identity.kind for identity in suspects}
    found = catalog.snapshot(connection, kinds)
    revisions = version.current(connection)
    try:
        scripts = Scripts(settings)

        def fill(scratch: Connection) -> None:
            executor = Executor(scripts, scratch)
            for revision in revisions:
                executor.run(executor.steps(revision))

        with (
            Scratch(settings).database(f"{scripts.digest()} at {revisions}", fill) as engine,
            engine.connect() as scratch,
        ):
            recorded = catalog.snapshot(scratch, kinds)
            return {
                identity: _of_shared(entity, found[identity].sql)
                if (entity := suspects[identity]).is_out_of_reach
                else _verdict(scratch, recorded[identity].sql, found[identity].sql)
                if identity in recorded
                else ("", found[identity].sql or "")
                for identity in suspects
            }
    except CucurbitError:
        return None


def _of_shared(recorded: Entity, found: str | None) -> tuple[str, str] | None:
    """What is the whole server's is the same on scratch, whatever was recorded of it."""
    return None if found is not None and recorded.agrees(found) else (recorded.sql, found or "")


def _verdict(scratch: Connection, recorded: str | None, found: str | None) -> tuple[str, str] | None:
    recorded, found = recorded or "", found or ""
    return None if same(scratch, recorded, found) else (recorded, found)
