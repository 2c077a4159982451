"""Adoption: what an app declares now, and the history has made long ago, in words that no ledger was told of.

An old revision has `op.execute("create view …")`, another tool's operation, or a table whose column made its enum.
Such an object is not created again: `op.adopt_entity` takes it over, and where the declaration is another one, it is
replaced then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.spelling import means
from cucurbit.entities.entity import Entity
from cucurbit.errors import SqlError
from cucurbit.migrations.reader import RevisionFile
from cucurbit.planning.change import Change
from cucurbit.sql.parse import split


def adopted(
    connection: Connection,
    changes: Sequence[Change],
    truth: Mapping[str, str],
    history: Mapping[str, RevisionFile],
    going: Collection[tuple[str, ...]],
) -> list[Change]:
    """The changes, in which what would be created and is there already is adopted.

    `connection` is one to a database at the end of the history; `truth` is what a server says of declarations, by the
    text of their identities, as far as that is known; `going` are names of what operations on tables take away. What is
    no object of its own (a grant, a comment, a flag) is taken over only as it is, and only from a history that runs SQL
    of its own: others are as they are by default.
    """
    is_clear = all(file.is_clear for file in history.values())
    asked = (change.identity for change in changes if _may_be_there(change, is_clear))
    present = catalog.among(connection, (identity for identity in asked if identity.names not in going))
    found: list[Change] = []
    for change in changes:
        there = present.get(change.identity) if change.old is None else None
        found += _adopted(connection, change, there.sql or "", truth) if there else [change]
    return found


def _adopted(connection: Connection, change: Change, present: str, truth: Mapping[str, str]) -> list[Change]:
    entity = change.entity
    first, *beside = (statement.sql for statement in split(present, "catalog"))
    before = _read(first, entity)
    is_same = (before is not None and before.canonical == entity.canonical) or truth.get(str(entity)) == present
    if is_same or means(connection, entity, present, beside):
        return [Change(entity, None, adopted=True)]
    if before is None or not entity.is_object:
        return [change]
    return [Change(before, None, adopted=True), Change(entity, before)]


def _read(sql: str, entity: Entity) -> Entity | None:
    """The server's own statement as an entity; None where that is not of the same identity."""
    try:
        found = Entity.from_sql(sql, schema=entity.home)
    except SqlError:
        return None
    return found if found.identity == entity.identity else None


def _may_be_there(change: Change, is_clear: bool) -> bool:
    entity = change.entity
    return change.old is None and not entity.is_out_of_reach and (entity.is_object or not is_clear)
