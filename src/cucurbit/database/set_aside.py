"""Setting aside: what depends on an object is taken down before it is changed, and put back after.

It is found on the database that runs the migration, when it runs, whether cucurbit knows of it or not, and put back
from the catalog's own definition, with owner, grants and comments. What is of no known kind is left where it is: if it
is in the way, the server refuses the change and names it. Nothing is dropped with CASCADE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.catalog import Definition
from cucurbit.database.dependants import Address, dependants
from cucurbit.database.marks import Mark, marks
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import split


@dataclass
class Aside:
    """One object that was taken down, with all that is needed to put it back."""

    definition: Definition
    marks: list[Mark]

    @property
    def entity(self) -> Entity:
        """The object, read from the catalog's definition."""
        (statement, *_) = split(self.definition.sql or "", "catalog")
        return all_kinds()[self.definition.identity.kind].of(statement.sql)

    def put_back(self, connection: Connection) -> None:
        """Make it again, and give it what it had."""
        for statement in split(self.definition.sql or "", "catalog"):
            run(connection, statement.sql)
        for mark in self.marks:
            run(connection, mark.sql)


@contextmanager
def set_aside(connection: Connection, seeds: Sequence[Address]) -> Iterator[list[Identity]]:
    """Take down what depends on the seeds, and put it back when the block ends; says what that is.

    Raises MigrationError outside a transaction, where a failure would lose what was taken down.
    """
    if connection.get_isolation_level() == "AUTOCOMMIT":
        raise MigrationError("nothing can be set aside outside a transaction")
    aside = _remember(connection, dependants(connection, seeds))
    for item in reversed(aside):
        for statement in item.entity.drop_statements():
            run(connection, statement)
    yield [item.definition.identity for item in aside]
    for item in aside:
        item.put_back(connection)


@contextmanager
def keep_marks(connection: Connection, identity: Identity) -> Iterator[None]:
    """Around dropping an entity and creating it anew: it gets back its owner, grants and comments.

    Those of columns that it no longer has are gone with the columns.
    """
    found = catalog.find(connection, identity)
    kept = marks(connection, [Address(found.classid, found.objid)])[0] if found and found.is_object else []
    yield
    if not kept:
        return
    made = catalog.find(connection, identity)
    columns = _columns(connection, made.objid) if made else set()
    for mark in kept:
        if mark.column is None or mark.column in columns:
            run(connection, mark.sql)


def address_of(connection: Connection, identity: Identity) -> list[Address]:
    """Where an entity is in the catalogs; nothing for one that is not there, or has no address of its own."""
    found = catalog.find(connection, identity)
    return [Address(found.classid, found.objid)] if found and found.is_object else []


def addresses_of_columns(connection: Connection, schema: str, table: str, columns: Sequence[str]) -> list[Address]:
    """The columns of a table, or the table itself where none are named."""
    rows = connection.exec_driver_sql(
        "select 'pg_class'::regclass::oid::int8, attrelid::int8, attnum from pg_attribute"
        " where attrelid = to_regclass(%s) and attnum > 0 and attname = any(%s)",
        (qualify((schema, table)), list(columns)),
    ).all()
    return [Address(*row) for row in rows]


def run(connection: Connection, sql: str) -> None:
    """One statement as it stands."""
    connection.exec_driver_sql(sql, execution_options={"no_parameters": True})


def _remember(connection: Connection, addresses: list[Address]) -> list[Aside]:
    found = catalog.definitions(connection, {(address.classid, address.objid) for address in addresses})
    wanted = [a for a in dict.fromkeys(addresses) if (a.classid, a.objid) in found]
    return [
        Aside(found[address.classid, address.objid], kept)
        for address, kept in zip(wanted, marks(connection, wanted), strict=True)
    ]


def _columns(connection: Connection, relation: int) -> set[str]:
    rows = connection.exec_driver_sql(
        "select attname from pg_attribute where attrelid = %s and attnum > 0 and not attisdropped", (relation,)
    )
    return set(rows.scalars())
