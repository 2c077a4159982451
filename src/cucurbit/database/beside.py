"""Making what is to take an entity's place beside it, under another name: who reads the old one goes on meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.dependants import Address, dependants
from cucurbit.database.statements import attempt, run_all
from cucurbit.entities.entity import HOME, Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.sql.names import qualify, quote

# Not made from the entity's own name, which may be as long as a name can be; several may wait for their places.
_NAME = "cucurbit__beside_{}"
_NUMBERS = count(1)


@dataclass(frozen=True)
class Beside:
    """The statements that put it in the place of the old one, when that is gone, and what hangs on it by identity."""

    swap: list[str]
    hanging: dict[Identity, list[str]] = field(default_factory=dict)


class ReadsAnotherError(Exception):
    """It reads what is to be replaced as well: it can be filled only after that."""


def make_beside(
    connection: Connection, new: Entity, old: Sequence[Address], others: Sequence[Address] = ()
) -> Beside | None:
    """Make and fill the new form of an entity (at the addresses `old`); None where that is not the way of its kind.

    `others` wait to be replaced. Raises ReadsAnotherError where it reads one of those, to any depth.

    It is filled as the owner of the old one. What hangs on that, and fits, is made ready on it. Raises the server's
    error for a definition that it refuses.
    """
    beside = new.beside(_NAME.format(next(_NUMBERS)))
    if beside is None or not old:
        return None
    run_all(connection, [*beside.bare_statements(), *_owner(connection, beside, old[0])])
    made = catalog.addresses(connection, [beside.identity])
    if any(dependant.address[:2] in made.values() for dependant in dependants(connection, others)):
        raise ReadsAnotherError
    hanging = _hanging(connection, beside, old)
    run_all(connection, beside.fill_statements())
    return Beside([_rename(beside, new.identity.name)], hanging)


def _owner(connection: Connection, beside: Entity, old: Address) -> list[str]:
    owner, current = connection.exec_driver_sql(
        "select pg_get_userbyid(relowner), current_user from pg_class where oid = %s", (old.objid,)
    ).one()
    alter = f"ALTER {beside.drop} {qualify(beside.identity.names)} OWNER TO {quote(owner)}"
    return [] if owner == current else [alter]


def _hanging(connection: Connection, beside: Entity, old: Sequence[Address]) -> dict[Identity, list[str]]:
    direct = {d.address[:2] for d in dependants(connection, old) if d.on & set(old)}
    ready: dict[Identity, Entity] = {}
    for definition in catalog.definitions(connection, direct).values():
        kind = all_kinds()[definition.identity.kind]
        entity = kind.of(definition.sql or "", home=definition.identity.schema or HOME)
        moved = entity.moved(beside.identity.names, _NAME.format(next(_NUMBERS)))
        if moved is not None:
            ready[definition.identity] = moved
    outcomes = attempt(connection, [moved.create_statements() for moved in ready.values()])
    return {
        identity: [_rename(moved, identity.name)]
        for (identity, moved), refusal in zip(ready.items(), outcomes, strict=True)
        if refusal is None
    }


def _rename(entity: Entity, name: str) -> str:
    return f"ALTER {entity.drop} {qualify(entity.identity.names)} RENAME TO {quote(name)}"
