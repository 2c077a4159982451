"""Settling a suspicion of drift: is a definition another one, or only spelled another way?

PostgreSQL does not always print a definition as it printed it before: a view that was dumped and restored, or moved to
another major version, reads otherwise. So what the ledger recorded and what the database has are both built on a
scratch database, and what that server says of the two is compared.
"""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog, version
from cucurbit.database.scratch import Scratch
from cucurbit.database.set_aside import address_of, run, take_down
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import CucurbitError
from cucurbit.project.settings import Settings
from cucurbit.sql.parse import split

Verdicts = dict[Identity, tuple[str, str] | None]
"""For a drifted entity the text as recorded and as found, None for one that is only spelled otherwise."""


def settle(settings: Settings, connection: Connection, suspects: set[Identity]) -> Verdicts | None:
    """The verdict on each suspect; None where there is no scratch database to ask."""
    from cucurbit.migrations.executor import Executor
    from cucurbit.migrations.scripts import Scripts

    found = catalog.snapshot(connection)
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
            recorded = catalog.snapshot(scratch)
            return {
                identity: _verdict(scratch, recorded[identity].sql, found[identity].sql)
                if identity in recorded
                else ("", found[identity].sql or "")
                for identity in suspects
            }
    except CucurbitError:
        return None


def _verdict(scratch: Connection, recorded: str | None, found: str | None) -> tuple[str, str] | None:
    recorded, found = recorded or "", found or ""
    if recorded == found or _fed_back(scratch, recorded) == _fed_back(scratch, found) is not None:
        return None
    return recorded, found


def _fed_back(scratch: Connection, definition: str) -> str | None:
    """What the server says of a definition that is made from its own words; None where it does not take them."""
    statements = [statement.sql for statement in split(definition, "catalog")]
    new = Entity.from_sql(statements[0])
    transaction = scratch.begin_nested()
    try:
        _make_again(scratch, new)
        for statement in statements[1:]:
            run(scratch, statement)
        made = catalog.find(scratch, new.identity)
        return made.sql if made else None
    except DBAPIError:
        return None
    finally:
        transaction.rollback()


def _make_again(scratch: Connection, new: Entity) -> None:
    """In place, or dropped and created where there is no such thing."""
    if statements := new.replace_statements(new):
        for statement in statements:
            run(scratch, statement)
        return
    take_down(scratch, address_of(scratch, new.identity))  # all of it is rolled back
    for statement in [*new.drop_statements(), *new.create_statements()]:
        run(scratch, statement)
