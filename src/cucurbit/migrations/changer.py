"""The changer: carries out one change of an entity, whatever stands in its way.

A change that the server refuses in place is made anew, with what depends on it out of the way before. That waits then
to be put back, and is tried again after each further change: a view that changes along with the one that it reads fits
only when both have changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog
from cucurbit.database.beside import Beside, make_beside
from cucurbit.database.catalog import Definition
from cucurbit.database.dependants import Address
from cucurbit.database.scratch import is_scratch
from cucurbit.database.set_aside import (
    INVALID_TABLE_DEFINITION,
    Aside,
    ReboundError,
    address_of,
    drop_what_was_cut,
    give,
    keep,
    marks_of,
    put_back,
    put_back_one,
    take_down,
)
from cucurbit.database.statements import run_all, said
from cucurbit.entities.entity import HOME, Entity
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.migrations.refusal import DEPENDENT_OBJECTS_STILL_EXIST, UNKNOWN_NAME, is_about_values, state_of
from cucurbit.migrations.waiting import Waiting, key_of
from cucurbit.planning.change import Change


class Changer:
    """What a revision's changes have in common: what waits, what was changed, what was set aside.

    `refused` and `set_aside` tell what could not be done in place, and its cost. `recorded` gives the SQL that the
    ledger has of an object, if it is what the ledger says: the catalog's own words have casts that nobody wrote, and
    lack others that had no effect.
    """

    def __init__(self, connection: Connection, recorded: Callable[[Definition], str | None]) -> None:
        self.connection = connection
        self._recorded = recorded
        self.refused: set[tuple[str, Identity]] = set()
        self.set_aside: list[Identity] = []
        self._waiting: dict[Identity, Waiting] = {}
        self._changed: set[str] = set()
        self._words: dict[str, str] = {}
        self._moved: set[tuple[str, ...]] = set()
        self._reason: DBAPIError | None = None

    def _run(self, change: Change, in_place: bool) -> None:
        waiting = self._waiting.pop(change.identity, None)
        if waiting is None:
            self._do(change, in_place)
        elif waiting.is_there:
            old = waiting.change.old if waiting.change else change.old
            self._do(Change(change.new, old or change.old), in_place)
            if change.identity in self._waiting:
                self._waiting[change.identity].aside = waiting.aside
        elif change.new is not None:
            self._waiting[change.identity] = Waiting(Change(change.new, None), waiting.aside)
        self._retry()

    # -- one change --------------------------------------------------------------------------------------------------

    def _do(self, change: Change, in_place: bool) -> None:
        if self._is_out_of_reach(change):
            self._all(change.new.scratch_statements() if change.new else [])
            return
        if change.new is None:
            self._drop(change.entity)
            return
        try:
            with self._attempt():
                if change.old is None:
                    self._all(change.new.create_statements())
                else:
                    self._replace(change.new, change.old, in_place)
        except DBAPIError as error:  # it may fit when what it refers to has changed as well
            if change.old is None and not self._waiting and state_of(error) not in UNKNOWN_NAME:
                raise
            self._waiting[change.identity] = Waiting(change, None, error)

    def _is_out_of_reach(self, change: Change) -> bool:
        """Whether it is about something of the whole server, and this is a scratch database."""
        return change.entity.is_out_of_reach and is_scratch(self.connection)

    def _drop(self, entity: Entity) -> None:
        try:
            with self._attempt():
                self._all(entity.drop_statements())
        except DBAPIError as error:
            if (entity.is_object or entity.is_said) and catalog.find(self.connection, entity.identity) is None:
                return  # somebody has dropped it by hand, or what it was said of
            if state_of(error) != DEPENDENT_OBJECTS_STILL_EXIST:
                raise
            with self._out_of_the_way(address_of(self.connection, entity.identity), names=[(entity.identity.name,)]):
                self._all(entity.drop_statements())

    def _replace(self, new: Entity, old: Entity, in_place: bool, beside: Beside | None = None) -> None:
        if in_place or new.only_in_place:
            if self._in_place(new, old):
                return
            if self._reason is not None and (new.only_in_place or is_about_values(self._reason)):
                raise self._reason
        there = address_of(self.connection, old.identity)
        beside = beside or make_beside(self.connection, new, there)
        with self._out_of_the_way(there, names=[(old.identity.name,)], beside=beside):
            if beside is not None or not self._in_place(new, old):
                self._anew(new, old, beside)
        self.refused.add((new.hash, new.identity))

    def _in_place(self, new: Entity, old: Entity) -> bool:
        """Whether the server took the replacement in place; what it refused leaves no trace but its reason."""
        self._reason = None
        statements = new.replace_statements(old)
        if statements is None:
            return False
        kept = marks_of(self.connection, old.identity) if old.forgets_marks else []
        try:
            with self._attempt():
                self._all(statements)
                if kept:
                    give(self.connection, new.identity, kept, None)
        except DBAPIError as error:
            self._reason = error
            return False
        return True

    def _anew(self, new: Entity, old: Entity, beside: Beside | None) -> None:
        """Dropped and created; where something is in the way of that, it is also told why it came to that."""
        try:
            with self._attempt():
                with keep(self.connection, old.identity):
                    self._all([*old.drop_statements(), *(beside.swap if beside else new.bare_statements())])
                self._all([] if beside else new.fill_statements())
        except DBAPIError as error:
            if state_of(error) == DEPENDENT_OBJECTS_STILL_EXIST:
                raise error from self._reason
            raise

    # -- what waits --------------------------------------------------------------------------------------------------

    @contextmanager
    def _out_of_the_way(
        self,
        seeds: Sequence[Address],
        *,
        altered: bool = False,
        names: Sequence[tuple[str, ...]] = (),
        beside: Beside | None = None,
    ) -> Iterator[None]:
        """A block in which nothing of a known sort depends on the seeds; `beside` may have made some of it ready."""
        self._moved |= set(names)
        taken = take_down(self.connection, seeds, altered=altered)
        ready = beside.hanging if beside else {}
        taken = [replace(item, ready=ready.get(item.identity)) for item in taken]
        yield
        self._wait_for(taken)
        self._retry()

    def _say_again(self, forgotten: Sequence[Definition]) -> None:
        """What ALTER TABLE has forgotten. What no longer fits, as storage of a type's that has none, is gone; but if
        it is the ledger's, it waits for its own change.
        """
        for found in forgotten:
            entity = all_kinds()[found.identity.kind].of(found.sql or "", home=found.identity.schema or HOME)
            try:
                with self._attempt():
                    self._all(entity.create_statements())
            except DBAPIError as error:
                if self._recorded(found) is not None:
                    self._waiting[found.identity] = Waiting(Change(entity, None), None, error)

    def _wait_for(self, taken: Sequence[Aside]) -> None:
        """Remember what is out of the way; of what was cut before, the catalog has only the stump."""
        self.set_aside += [item.identity for item in taken]
        for item in taken:
            waiting = self._waiting.setdefault(item.identity, Waiting(None, None))
            known = waiting.aside
            waiting.aside = (
                replace(known, cut=item.cut, marks=item.marks, facts=item.facts)
                if known
                else replace(item, sql=self._written(item))
            )

    def _written(self, aside: Aside) -> str | None:
        """The user's words for it, None where there are none.

        What was made or put back in this revision by its words may read otherwise in the catalog since.
        """
        if all_kinds().get(aside.identity.kind, Entity).is_exact:
            return None
        key = key_of(str(aside.identity))  # with the kind: others may have the name as well
        is_known = key in self._words or key_of(aside.identity.text) in self._changed
        if aside.definition is not None and not is_known:
            words = self._recorded(aside.definition)
            self._words |= {key: words} if words else {}
        return self._words.get(key) if aside.definition is not None else None

    def _retry(self) -> None:
        """Try what waits, in its order, until nothing more fits: all together as long as that gets on, then each."""
        while self._together():
            pass
        progress = True
        while progress:
            progress = False
            for identity in list(self._waiting):
                if identity not in self._waiting:  # it went along with another
                    continue
                try:
                    with self._attempt():
                        self._settle(self._waiting.pop(identity))  # it does not wait for itself
                except (DBAPIError, ReboundError) as error:
                    self._waiting[identity].error = error
                else:
                    progress = True

    def _together(self) -> bool:
        """Put back what fits; a view that has other columns now is dropped after all, and what hangs on it cut."""
        plain = [waiting.aside for waiting in self._waiting.values() if waiting.change is None and waiting.aside]
        if not plain:
            return False
        try:
            with self._attempt():
                outcomes = dict(zip(plain, put_back(self.connection, plain), strict=True))
        except (DBAPIError, ReboundError):
            return False
        done = [aside for aside, refusal in outcomes.items() if refusal is None]
        for aside in done:
            del self._waiting[aside.identity]
        stuck = [a for a, refusal in outcomes.items() if refusal == INVALID_TABLE_DEFINITION and a.cut]
        return self._drop_after_all(stuck) or bool(done)

    def _drop_after_all(self, stuck: Sequence[Aside]) -> bool:
        try:
            with self._attempt():
                taken = take_down(self.connection, [aside.address for aside in stuck])
                for aside in drop_what_was_cut(self.connection, stuck):
                    self._waiting[aside.identity].aside = aside
                self._wait_for(taken)
        except DBAPIError as error:
            for aside in stuck:
                self._waiting[aside.identity].error = error
            return False
        return bool(stuck)

    def _settle(self, waiting: Waiting) -> None:
        change, aside = waiting.change, waiting.aside
        if change is None:
            if aside is not None:
                self._put_back(aside)
        elif change.new is not None and change.old is not None and waiting.is_there:
            self._replace(change.new, change.old, in_place=True)
        elif change.new is not None and aside is not None:
            self._all(change.new.bare_statements())
            give(self.connection, change.identity, aside.marks, aside.facts)
            self._all(change.new.fill_statements())
        elif change.new is not None:
            self._all(change.new.create_statements())

    def _put_back(self, aside: Aside) -> None:
        """A function that went may have left an overload that fits as well: that is not what was meant."""
        try:
            found = self._again_or_anew(aside)
        except DBAPIError:
            if aside.sql is None:
                raise
            self._words.pop(key_of(str(aside.identity)), None)
            found = self._again_or_anew(replace(aside, sql=None))  # by the catalog's words, where the user's do not fit
        others = {other for other in found if key_of(other) not in self._changed}
        if others:
            raise ReboundError(f"it would refer to {', '.join(sorted(others))} instead")

    def _again_or_anew(self, aside: Aside) -> set[str]:
        try:
            with self._attempt():
                return put_back_one(self.connection, aside)
        except DBAPIError as error:
            if aside.cut is None or state_of(error) != INVALID_TABLE_DEFINITION:
                raise
        with self._attempt():
            taken = take_down(self.connection, [aside.address])
            (dropped,) = drop_what_was_cut(self.connection, [aside])
            found = put_back_one(self.connection, dropped)
            self._wait_for(taken)
        return found

    @contextmanager
    def _attempt(self) -> Iterator[None]:
        """A savepoint that also takes back what was put on the waiting list."""
        before = {identity: Waiting(w.change, w.aside, w.error) for identity, w in self._waiting.items()}
        count, refused, spoken = len(self.set_aside), set(self.refused), len(said(self.connection))
        try:
            with self.connection.begin_nested():
                yield
        except BaseException:
            self._waiting = before
            self.refused = refused
            del self.set_aside[count:], said(self.connection)[spoken:]
            raise

    def _all(self, statements: Sequence[str]) -> None:
        run_all(self.connection, statements)
