"""Setting aside: what depends on an object is taken down before it is changed, to be put back after.

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
from cucurbit.database.dependants import Address, dependants, silent_losses, targets
from cucurbit.database.marks import Mark, marks, surplus
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError
from cucurbit.sql.names import qualify
from cucurbit.sql.parse import split


@dataclass(frozen=True)
class Aside:
    """One object that was taken down, with all that is needed to put it back; `targets` are what it depended on."""

    definition: Definition
    marks: list[Mark]
    targets: set[str]

    @property
    def identity(self) -> Identity:
        """What it is."""
        return self.definition.identity

    @property
    def entity(self) -> Entity:
        """The object, read from the catalog's definition."""
        (statement, *_) = split(self.definition.sql or "", "catalog")
        return all_kinds()[self.identity.kind].of(statement.sql)

    def put_back(self, connection: Connection, sql: str | None = None) -> set[str]:
        """Make it again, by other SQL than the catalog's if that is given, and give it what it had.

        Returns what it depends on now and did not before.
        """
        for statement in split(sql or self.definition.sql or "", "catalog"):
            run(connection, statement.sql)
        give_marks(connection, self.identity, self.marks)
        (address,) = address_of(connection, self.identity)
        return targets(connection, [address])[0] - self.targets


def take_down(connection: Connection, seeds: Sequence[Address]) -> list[Aside]:
    """Drop what depends on the seeds; returns it in the order in which it is to be put back.

    Raises MigrationError outside a transaction, where a failure would lose what was taken down.
    """
    if connection.get_isolation_level() == "AUTOCOMMIT":
        raise MigrationError("nothing can be set aside outside a transaction")
    taken = _remember(connection, dependants(connection, seeds)) if seeds else []
    refuse_silent_losses(connection, [Address(t.definition.classid, t.definition.objid) for t in taken])
    for item in reversed(taken):
        for statement in item.entity.drop_statements():
            run(connection, statement)
    return taken


def refuse_silent_losses(connection: Connection, addresses: Sequence[Address]) -> None:
    """Raise MigrationError where dropping an object would take something along that cannot be put back."""
    for lost, owner in silent_losses(connection, addresses):
        raise MigrationError(
            f"{owner} cannot be made anew: {lost} would be lost with it",
            hint="cucurbit cannot put that back: drop it before the migration, and make it again after.",
        )


@contextmanager
def keep_marks(connection: Connection, identity: Identity) -> Iterator[None]:
    """Around dropping an entity and creating it anew: it gets back its owner, grants and comments."""
    found = address_of(connection, identity)
    kept = marks(connection, found)[0] if found else []
    refuse_silent_losses(connection, found)
    yield
    give_marks(connection, identity, kept)


def give_marks(connection: Connection, identity: Identity, kept: Sequence[Mark]) -> None:
    """Owner, grants and comments for an object that was made anew; those of columns that are gone are gone too."""
    made = catalog.find(connection, identity)
    if made is None or not made.is_object:
        return
    for statement in surplus(connection, [Address(made.classid, made.objid)]):
        run(connection, statement)
    columns = _columns(connection, made.objid)
    for mark in kept:
        if mark.column is None or mark.column in columns:
            for statement in mark.statements:
                run(connection, statement)


def address_of(connection: Connection, identity: Identity) -> list[Address]:
    """Where an entity is in the catalogs; nothing for one that is not there, or has no address of its own."""
    found = catalog.find(connection, identity)
    return [Address(found.classid, found.objid)] if found and found.is_object else []


def addresses_of_columns(connection: Connection, schema: str, table: str, columns: Sequence[str]) -> list[Address]:
    """Where columns of a table are in the catalogs."""
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
    kept, depended = marks(connection, wanted), targets(connection, wanted)
    return [
        Aside(found[address.classid, address.objid], mine, mine_on)
        for address, mine, mine_on in zip(wanted, kept, depended, strict=True)
    ]


def _columns(connection: Connection, relation: int) -> set[str]:
    rows = connection.exec_driver_sql(
        "select attname from pg_attribute where attrelid = %s and attnum > 0 and not attisdropped", (relation,)
    )
    return set(rows.scalars())
