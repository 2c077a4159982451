"""Two spellings of one definition: PostgreSQL does not always print a definition as it printed it before.

A view that was dumped and restored, or moved to another major version, may read otherwise. So both texts are given to
one server, and what it says of the two is compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog
from cucurbit.database.set_aside import address_of, take_down
from cucurbit.database.statements import run
from cucurbit.entities.concurrent import INVALID
from cucurbit.entities.entity import HOME, Entity
from cucurbit.errors import MigrationError
from cucurbit.sql.parse import split

_REPLACING = re.compile(r"\s*create\s+or\s+replace\b", re.IGNORECASE)
_PATIENCE = "1s"


def same(scratch: Connection, one: str, other: str) -> bool:
    """Whether two definitions of the catalog mean the same; the scratch database has what they refer to."""
    if one == other:
        return True
    if one.endswith(INVALID) != other.endswith(INVALID):  # what is made anew would be valid
        return False
    said = _fed_back(scratch, one)
    return said is not None and said == _fed_back(scratch, other)


def means(scratch: Connection, entity: Entity, definition: str, beside: Sequence[str] = ()) -> bool:
    """Whether an entity, as somebody wrote it, is what a definition of the catalog says.

    `beside` are statements of others that are part of what the catalog says of it.
    """
    said = _fed_back(scratch, ";\n".join([entity.sql, *beside]), entity.home)
    return said is not None and same(scratch, said, definition)


def means_in_place(connection: Connection, entity: Entity, definition: str) -> bool:
    """The same, asked of the database that has it: of what CREATE OR REPLACE takes, as nothing else is done there.

    All of it is taken back. What is in use is not waited for, and is not known to mean the same.
    """
    statements = entity.replace_statements(entity) or [""]
    if not all(_REPLACING.match(statement) for statement in statements):
        return False
    transaction = connection.begin_nested()
    try:
        run(connection, f"set local lock_timeout = '{_PATIENCE}'")
        if not _made_in_place(connection, entity):
            return False
        made = catalog.find(connection, entity.identity)
        return made is not None and made.sql == definition
    finally:
        transaction.rollback()


def _fed_back(scratch: Connection, definition: str, home: str = HOME) -> str | None:
    """What the server says of a definition that is made from its own words; None where it does not take them."""
    statements = [statement.sql for statement in split(definition, "catalog")]
    if not statements:
        return None
    new = Entity.from_sql(statements[0], schema=home)
    if new.is_out_of_reach:
        return None
    transaction = scratch.begin_nested()
    try:
        _make_again(scratch, new)
        for statement in statements[1:]:
            run(scratch, statement)
        made = catalog.find(scratch, new.identity)
        return made.sql if made else None
    except (DBAPIError, MigrationError):
        return None
    finally:
        transaction.rollback()


def _make_again(scratch: Connection, new: Entity) -> None:
    """In place, or dropped and created where there is no such thing, or it does not fit."""
    if _made_in_place(scratch, new):
        return
    take_down(scratch, address_of(scratch, new.identity))  # all of it is rolled back
    is_there = catalog.find(scratch, new.identity) is not None
    for statement in [*(new.drop_statements() if is_there else ()), *new.create_statements()]:
        run(scratch, statement)


def _made_in_place(scratch: Connection, new: Entity) -> bool:
    statements = new.replace_statements(new)
    if not statements:
        return False
    try:
        with scratch.begin_nested():
            for statement in statements:
                run(scratch, statement)
    except DBAPIError:
        return False
    return True
