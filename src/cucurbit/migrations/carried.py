"""What renames carry along: the server changes it by itself, and the ledger has to know how it reads now.

A trigger on a renamed table is another identity; a view on it has another text. An operation says so for each before
anything else is done, so that all that follows, in both directions, begins with what is there. Where the declared SQL
is what the server has made of it already, that is all there is to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog
from cucurbit.database.catalog import Definition
from cucurbit.database.set_aside import address_of, take_down
from cucurbit.database.statements import run
from cucurbit.entities.entity import Entity
from cucurbit.entities.finding import Finding
from cucurbit.errors import MigrationError, PlanError
from cucurbit.migrations.autogenerate import State
from cucurbit.migrations.names_of_parts import Renamed
from cucurbit.migrations.operations import RenameEntityOp
from cucurbit.migrations.refusal import UNKNOWN_NAME, message_of, state_of
from cucurbit.sql.parse import split


class _Address(NamedTuple):
    """An object, whatever it is called, or a flag of one: then with its kind, and which of them it is."""

    classid: int
    objid: int
    flag: tuple[str, str | None] | None


class Carried:
    """Made before the first rename; asked after the others what became of everything else."""

    def __init__(self, connection: Connection, state: State) -> None:
        self.connection = connection
        self.state = state
        self._old_names: set[str] = set()
        self._as_it_is_now: list[Entity] = []
        self._before = self._snapshot()
        self._addresses = {found.identity: address for address, found in self._before.items()}
        self._recorded = {
            self._addresses[identity]: entity
            for identity, entity in state.recorded.items()
            if identity in self._addresses
        }

    def undeclared(self) -> None:
        """What is called otherwise now, a trigger by its table, or is not declared so: that may be renamed itself."""
        declared = self.state.declared.entities
        self._look(lambda old, now: old.identity != now.identity or now.identity not in declared)

    def rest(self) -> None:
        """At the end: all that reads otherwise. Raises PlanError for what is declared by an old name still."""
        self._look(lambda old, now: True)

    def is_one(self, old: Entity, new: Entity) -> bool:
        """Whether something that was carried along is another by a new name: the server is asked, in its own words."""
        if old not in self._as_it_is_now:
            return False
        savepoint = self.connection.begin_nested()
        try:
            for statement in new.rename_statements(old):
                run(self.connection, statement)
            found = catalog.find(self.connection, new.identity)
            return found is not None and self._built(new, found) == found.sql
        except DBAPIError:
            return False
        finally:
            savepoint.rollback()

    def renamed(self, old: Entity, new: Entity) -> None:
        """An entity that was renamed itself, to be called as `new` is; if `new` differs otherwise, that comes after."""
        now = catalog.find(self.connection, new.identity)
        address = self._addresses.pop(old.identity, None)
        same = old.nameless == new.nameless or now is None or self._built(new, now) == now.sql
        made = new if same or now is None else self._as_it_is(now)
        self._note(made, old)
        if old.provides and old.identity.name != new.identity.name:
            self._old_names.add(old.identity.name)
        if address is not None and now is not None:
            self._addresses[new.identity] = address
            self._before[address] = now
            self._recorded[address] = made

    def findings(self, tables: Mapping[tuple[str, str], Renamed]) -> list[Finding]:
        """Warnings of functions with an old name in their bodies, which are text that the server does not read."""
        found = []
        for entity in self.state.declared.entities.values():
            mentions = entity.references.mentions
            old = set(self._old_names)
            for (_, table), renamed in tables.items():
                old |= {renamed.table} - {table}
                old |= {*renamed.columns.values()} if mentions & {table, renamed.table} else set()
            if words := sorted(mentions & old):
                text = f"{entity} has an old name in its body: {', '.join(words)}"
                hint = "A body is text, which no rename reaches: write the new name there, if that is meant."
                found.append(Finding("warning", text, entity, hint=hint))
        return found

    def _look(self, chosen: Callable[[Definition, Definition], bool]) -> None:
        after = self._snapshot()
        for address, entity in sorted(self._recorded.items(), key=lambda item: str(item[1].identity)):
            before, now = self._before[address], after.get(address)
            unchanged = now is not None and (before.identity, before.sql) == (now.identity, now.sql)
            if now is None or unchanged or not chosen(before, now):
                continue
            made = self._made(entity, now)
            if made is not None:
                self._note(made, entity)
                self._recorded[address] = made
            self._before[address] = now
            self._addresses[now.identity] = address

    def _made(self, entity: Entity, now: Definition) -> Entity | None:
        """The entity as the server has it: as declared, if that is the same; None where its words need not change."""
        declared = self.state.declared.entities.get(now.identity)
        if declared is None:
            return self._as_it_is(now)
        said = self._built(declared, now)
        if declared.hash == entity.hash and declared.identity == entity.identity:
            if isinstance(said, DBAPIError) and state_of(said) in UNKNOWN_NAME:
                raise PlanError(
                    f"{declared.identity} still uses an old name: {message_of(said)}",
                    hint="Write the new name there.",
                    place=declared.origin,
                )
            return None
        return declared if said == now.sql else self._as_it_is(now)

    def _as_it_is(self, now: Definition) -> Entity:
        made = self._read(now)
        self._as_it_is_now.append(made)
        return made

    def _read(self, now: Definition) -> Entity:
        return Entity.from_sql(split(now.sql or "", "catalog")[0].sql, schema=self.state.settings.home)

    def _built(self, entity: Entity, now: Definition) -> str | DBAPIError | None:
        """What the catalog has of an entity when its SQL is run where `now` is, or why it cannot be; nothing stays."""
        savepoint = self.connection.begin_nested()
        try:
            statements = entity.replace_statements(self._read(now))
            if statements is None:
                take_down(self.connection, address_of(self.connection, entity.identity))
                statements = [*entity.drop_statements(), *entity.create_statements()]
            states = [statement.sql for statement in split(now.sql or "", "catalog")[1:]]  # its own words have none
            for statement in [*statements, *states]:
                run(self.connection, statement)
            found = catalog.find(self.connection, entity.identity)
            return found.sql if found else None
        except DBAPIError as error:
            return error
        except MigrationError:
            return None
        finally:
            savepoint.rollback()

    def _note(self, new: Entity, old: Entity) -> None:
        self.state.renames.append(RenameEntityOp(new.sql, old.sql))
        self.state.recorded.pop(old.identity, None)
        self.state.recorded[new.identity] = new

    def _snapshot(self) -> dict[_Address, Definition]:
        kinds = {identity.kind for identity in self.state.recorded}
        found = catalog.snapshot(self.connection, kinds).values()
        return {
            _Address(item.classid, item.objid, None if item.is_object else (item.identity.kind, item.flag)): item
            for item in found
        }
