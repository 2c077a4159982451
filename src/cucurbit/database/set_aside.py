"""Setting aside: what depends on an object is out of the way while that is changed, and as it was after.

It is found on the database that runs the migration, when it runs, whether cucurbit knows of it or not. What can be cut
is cut: a view becomes one of NULLs of the same types, in place, and keeps its OID, owner, grants, triggers and
dependants. What cannot is taken down, and put back from the catalog's own definition with all that it had. What is of
no known sort is left where it is: if it is in the way, the server refuses the change and names it. Nothing is dropped
with CASCADE.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlalchemy import Connection

from cucurbit.database import catalog
from cucurbit.database.catalog import Definition
from cucurbit.database.dependants import Address, dependants, describe, refuse_losses, refuse_members, targets
from cucurbit.database.facts import facts, owners
from cucurbit.database.hold import hold
from cucurbit.database.marks import Mark, marks, surplus
from cucurbit.database.parts import Part, parts, refuse_generated
from cucurbit.database.statements import attempt, run_all, try_all
from cucurbit.entities.entity import HOME, Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import MigrationError
from cucurbit.sql.names import qualify, quote
from cucurbit.sql.parse import split

Facts = set[tuple[str | None, str]]

# A change of a view's columns, which CREATE OR REPLACE VIEW does not take.
INVALID_TABLE_DEFINITION = "42P16"


class ReboundError(Exception):
    """An object was put back, and depends on something else than it did."""


@dataclass(frozen=True, eq=False)
class Aside:
    """One object that is out of the way, with all that is needed to put it back.

    `found` is what the catalog had of it. `cut` is the statement by which it let go in place, None where it was taken
    down. `targets` are what it depended on, `facts` and `marks` what it had beside its definition; `is_filled` says
    whether it is to be filled again. `sql` is to be used instead of the catalog's definition, if it is given.
    """

    address: Address
    found: Definition | Part
    cut: str | None = None
    marks: list[Mark] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    facts: Facts = field(default_factory=set)
    is_filled: bool = True
    sql: str | None = None
    ready: list[str] | None = None

    @property
    def identity(self) -> Identity:
        """What it is."""
        return self.found.identity

    @property
    def definition(self) -> Definition | None:
        """What the catalog had, None for a part of a table."""
        return self.found if isinstance(self.found, Definition) else None

    @property
    def down(self) -> list[str]:
        """What drops it."""
        return self.found.down if isinstance(self.found, Part) else self._entity.drop_statements()

    @property
    def up(self) -> list[str]:
        """What makes it anew, or names what is `ready` already."""
        if self.ready is not None:
            return self.ready
        return self.found.up if isinstance(self.found, Part) else [*self._entity.bare_statements(), *self._texts[1:]]

    @property
    def again(self) -> list[str]:
        """What gives back what was cut."""
        return [*(self._entity.replace_statements(self._entity) or ()), *self._texts[1:]]

    @property
    def fill(self) -> list[str]:
        """What fills it when it was made anew."""
        return [] if isinstance(self.found, Part) or not self.is_filled else self._entity.fill_statements()

    @cached_property
    def _texts(self) -> list[str]:
        """The definition's statements: the one that makes it, and what that cannot say."""
        text = (self.definition and self.definition.sql) or ""
        first, *more = [statement.sql for statement in split(text, "catalog")] if ";" in text else [text]
        return [self.sql or first, *more]

    @cached_property
    def _entity(self) -> Entity:
        return all_kinds()[self.identity.kind].known(
            self.identity, self._texts[0], "", home=self.identity.schema or HOME
        )


def take_down(connection: Connection, seeds: Sequence[Address], *, altered: bool = False) -> list[Aside]:
    """Cut or drop what depends on the seeds; returns it in the order in which it is to be put back.

    With `altered` the seeds are columns of a table that ALTER TABLE changes. Raises MigrationError outside a
    transaction, where a failure would lose what was taken down, and for what cannot be put back.
    """
    if getattr(connection.connection.driver_connection, "autocommit", False):  # of which the server knows nothing
        raise MigrationError(
            "nothing can be set aside outside a transaction",
            hint="Write the operation outside of autocommit_block(), or into a revision of its own.",
        )
    taken = _plan(connection, seeds, altered=altered)
    if taken:  # remembered once more when nobody else can change it
        addresses = [item.address for item in taken]
        before = dict(zip(addresses, owners(connection, addresses), strict=True))
        hold(connection, addresses, [item.address for item in taken if item.cut is None])
        taken = _remember(connection, taken)
        refuse_losses(connection, [item.address for item in taken if item.cut is None])
        for item in taken:
            was, now = before[item.address], {fact for _, fact in item.facts if fact.startswith("owner ")}
            if was and now != {was}:
                raise MigrationError(
                    f"{item.identity} was {was} and became {', '.join(now)} while it was being locked",
                    hint="An event trigger may have done it, or another session. Nothing of this revision stays.",
                )
    send_away(connection, taken)
    return taken


def send_away(connection: Connection, taken: Sequence[Aside]) -> None:
    """Cut what is to be cut, drop the rest."""
    run_all(connection, [statement for t in reversed(taken) for statement in ([t.cut] if t.cut else t.down)])


def drop_what_was_cut(connection: Connection, asides: Sequence[Aside]) -> list[Aside]:
    """Drop what was cut, and nothing hangs on, after all: it will be made anew.

    Nobody else can have changed it since: to cut it was to write its row in the catalog. Raises MigrationError where
    an event trigger has.
    """
    compare_facts(connection, [(aside.identity, aside.facts, aside.address) for aside in asides])
    run_all(connection, [statement for aside in reversed(asides) for statement in aside.down])
    return [replace(aside, cut=None) for aside in asides]


def put_back(connection: Connection, asides: Sequence[Aside]) -> list[str | None]:
    """Put back many, each if it fits, and what it depends on did; returns for each None, or why not (see `attempt`).

    Raises ReboundError, and MigrationError for what has not got back all that it had; then nothing of this is to stay.
    """
    ways = [aside.again if aside.cut else aside.up for aside in asides]
    fit = try_all(connection, [statement for way in ways for statement in way])
    outcomes: list[str | None] = [None for _ in ways] if fit else attempt(connection, ways, _needs(asides))
    back = [aside for aside, refusal in zip(asides, outcomes, strict=True) if refusal is None]
    places = _addresses(connection, back)
    _dress(connection, [(aside, place) for aside, place in zip(back, places, strict=True) if aside.cut is None])
    _check(connection, [(aside, place) for aside, place in zip(back, places, strict=True) if place])
    return outcomes


def _needs(asides: Sequence[Aside]) -> list[list[int]]:
    """For each the positions of those before it that it depends on.

    On a stump of one that is refused it would fit, and be in the way when that is made anew.
    """
    positions: dict[str, int] = {}
    needs = []
    for position, aside in enumerate(asides):
        needs.append([positions[target] for target in aside.targets & positions.keys()])
        positions[aside.identity.text.replace(", ", ",")] = position
    return needs


def put_back_one(connection: Connection, aside: Aside) -> set[str]:
    """Put back one, in the way in which it was taken; returns what it depends on now and did not before."""
    run_all(connection, aside.again if aside.cut else aside.up)
    (address,) = _addresses(connection, [aside])
    if not aside.cut:
        _dress(connection, [(aside, address)])
    if address is None:
        return set()
    compare_facts(connection, [(aside.identity, aside.facts, address)])
    return targets(connection, [address])[0] - aside.targets


def _dress(connection: Connection, made: Sequence[tuple[Aside, Address | None]]) -> None:
    """Give what was made anew its owner, rights and comments, and fill what is to be filled."""
    statements = surplus(connection, [place for _, place in made if place])
    for aside, _ in made:
        statements += [*spoken(connection, aside.marks), *aside.fill]
    run_all(connection, statements)


def _check(connection: Connection, there: Sequence[tuple[Aside, Address]]) -> None:
    """Read again what was put back: event triggers interfere, and an overload of what was called may fit as well."""
    found = targets(connection, [address for _, address in there])
    for (aside, _), now in zip(there, found, strict=True):
        if now - aside.targets:
            raise ReboundError(f"it would refer to {', '.join(sorted(now - aside.targets))} instead")
    compare_facts(connection, [(aside.identity, aside.facts, address) for aside, address in there])


def compare_facts(connection: Connection, kept: Sequence[tuple[Identity, Facts, Address]]) -> None:
    """Raise MigrationError for an object that has other facts than it had; columns that are gone do not count."""
    for (identity, before, _), after in zip(kept, facts(connection, [a for *_, a in kept]), strict=True):
        lost = sorted(f"{fact} ({column})" if column else fact for column, fact in before - after)
        more = sorted(f"{fact} ({column})" if column else fact for column, fact in after - before)
        if lost or more:
            differing = "; ".join([*(f"lost: {fact}" for fact in lost), *(f"new: {fact}" for fact in more)])
            raise MigrationError(
                f"{identity} is not as it was before: {differing}",
                hint="An event trigger or a default may have interfered. Nothing of this revision stays.",
            )


# -- an entity that is changed itself ----------------------------------------------------------------------------------


@contextmanager
def keep(connection: Connection, identity: Identity) -> Iterator[None]:
    """Around dropping an entity and creating it anew: it gets back its owner, rights, comments and states."""
    found = address_of(connection, identity)
    if found:
        hold(connection, found, found)
        refuse_losses(connection, found)
    kept, had = (marks(connection, found)[0], facts(connection, found)[0]) if found else ([], set())
    yield
    give(connection, identity, kept, had if found else None)


def marks_of(connection: Connection, identity: Identity) -> list[Mark]:
    """What an entity has beside its definition."""
    found = address_of(connection, identity)
    return marks(connection, found)[0] if found else []


def give(connection: Connection, identity: Identity, kept: Sequence[Mark], had: Facts | None) -> None:
    """Owner, rights and comments for an object that was made anew; those of columns that are gone are gone too.

    With `had` it is read again after, and MigrationError raised where it has not got them back.
    """
    made = catalog.find(connection, identity)
    if made is None or not made.is_object:
        return
    address = Address(made.classid, made.objid)
    columns = _columns(connection, made.objid)
    fitting = [mark for mark in kept if mark.column is None or mark.column in columns]
    run_all(connection, [*surplus(connection, [address]), *spoken(connection, fitting)])
    if had is not None:
        names = {None, *map(quote, columns), *map(str, range(len(columns) + 1))}  # those of an index are numbers
        there = {(column, fact) for column, fact in had if column in names}
        compare_facts(connection, [(identity, there, address)])


def spoken(connection: Connection, kept: Sequence[Mark]) -> list[str]:
    """Marks as statements, each run as whoever can: a right that somebody else than the owner gave, as its grantor."""
    if all(mark.grantor is None for mark in kept):
        return [mark.sql for mark in kept]
    role = connection.exec_driver_sql("select current_setting('role')").scalar_one()
    back = f"SET LOCAL ROLE {'NONE' if role == 'none' else quote(role)}"
    statements: list[str] = []
    for mark in kept:
        statements += [f"SET LOCAL ROLE {quote(mark.grantor)}", mark.sql, back] if mark.grantor else [mark.sql]
    return statements


# -- where things are --------------------------------------------------------------------------------------------------


def address_of(connection: Connection, identity: Identity) -> list[Address]:
    """Where an entity is in the catalogs; nothing for one that is not there, or has no address of its own."""
    found = catalog.find(connection, identity)
    return [Address(found.classid, found.objid)] if found and found.is_object else []


# The columns of the same name in what inherits from the table are altered with it, and pg_depend does not say so.
_COLUMNS = """
with recursive tables as (
    select to_regclass(%s)::oid as oid
  union
    select i.inhrelid from tables t join pg_inherits i on i.inhparent = t.oid
)
select 'pg_class'::regclass::oid::int8, a.attrelid::int8, a.attnum
  from tables t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and a.attname = any(%s)
"""


def addresses_of_columns(connection: Connection, schema: str, table: str, columns: Sequence[str]) -> list[Address]:
    """Where columns of a table are in the catalogs, and those of the tables that inherit them."""
    rows = connection.exec_driver_sql(_COLUMNS, (qualify((schema, table)), list(columns)))
    return [Address(*row) for row in rows]


def _addresses(connection: Connection, asides: Sequence[Aside]) -> list[Address | None]:
    """Where they are now, after they were put back; None for what was a part of a table."""
    entities = {aside.identity for aside in asides if aside.definition}
    found = catalog.addresses(connection, entities)
    return [Address(*found[aside.identity]) if aside.identity in found else None for aside in asides]


def _columns(connection: Connection, relation: int) -> set[str]:
    rows = connection.exec_driver_sql(
        "select attname from pg_attribute where attrelid = %s and attnum > 0 and not attisdropped", (relation,)
    )
    return set(rows.scalars())


# -- what is in the way ------------------------------------------------------------------------------------------------


def _plan(connection: Connection, seeds: Sequence[Address], *, altered: bool) -> list[Aside]:
    """What has to move so that the seeds can, in the order in which it is to be put back."""
    found = dependants(connection, seeds, altered=altered, through_views=False)
    known = _read(connection, [dependant.address for dependant in found if not dependant.is_part], texts=False)
    moving = set(seeds)
    staying = set(seeds) if altered else set()
    plan: list[Aside] = []
    for dependant in found:
        if not dependant.on & moving:
            continue
        if dependant.is_part or dependant.is_carried:
            moving.add(dependant.address)
        elif (aside := known.get(dependant.address)) is not None:
            if isinstance(aside.found, Part):
                if aside.found.owner in moving:
                    continue
                staying |= {aside.address} if aside.found.stays else set()
            # What has a shape that hangs on a type cannot let go of it in place.
            plan.append(replace(aside, cut=None if dependant.by_type else aside.cut))
            if plan[-1].cut is None:
                moving.add(dependant.address)
        elif dependant.is_automatic and dependant.on & moving - staying:
            lost = describe(connection, dependant.address)
            raise MigrationError(
                f"{lost} would be lost with what it belongs to, which is to be made anew",
                hint="cucurbit cannot put that back: drop it before the migration, and make it again after.",
            )
    refuse_members(connection, [aside.address for aside in plan])
    refuse_generated(connection, [aside.found for aside in plan if isinstance(aside.found, Part)])
    return plan


def _read(connection: Connection, addresses: Sequence[Address], *, texts: bool) -> dict[Address, Aside]:
    """Those of the addresses that are of a known sort, without what is beside their definition.

    With `texts` as they are, otherwise with the statements that cut them.
    """
    whole = {(address.classid, address.objid) for address in addresses if not address.objsubid}
    definitions = catalog.definitions(connection, whole, texts=texts)
    cuts = {} if texts else catalog.cuts(connection, definitions)
    read = {
        Address(*at): Aside(Address(*at), definition, cuts.get(at))
        for at, definition in definitions.items()
        if definition.is_object
    }
    found = parts(connection, [address for address in addresses if address not in read])
    return read | {address: Aside(address, part) for address, part in found.items()}


def _remember(connection: Connection, plan: Sequence[Aside]) -> list[Aside]:
    """The plan with everything as it is now that nobody else can change it."""
    addresses = [aside.address for aside in plan]
    read = _read(connection, addresses, texts=True)
    kept, depended, had = marks(connection, addresses), targets(connection, addresses), facts(connection, addresses)
    empty = _unfilled(connection, addresses)
    return [
        replace(
            read[aside.address],
            cut=aside.cut,
            marks=[] if isinstance(aside.found, Part) and aside.found.stays else mine,
            targets=on,
            facts=beside,
            is_filled=aside.address.objid not in empty,
        )
        for aside, mine, on, beside in zip(plan, kept, depended, had, strict=True)
        if aside.address in read
    ]


def _unfilled(connection: Connection, addresses: Sequence[Address]) -> set[int]:
    rows = connection.exec_driver_sql(
        "select oid::int8 from pg_class where not relispopulated and oid = any(%s::int8[])",
        ([address.objid for address in addresses],),
    )
    return set(rows.scalars())
