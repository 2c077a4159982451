"""The runner: carries out the entity changes of one revision on a connection, one after the other or together.

What still waits at the end of the revision fails it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError

from cucurbit.database.beside import Beside, ReadsAnotherError, make_beside
from cucurbit.database.bodies import mentioning
from cucurbit.database.catalog import Definition, flags
from cucurbit.database.dependants import Address
from cucurbit.database.set_aside import address_of
from cucurbit.database.statements import run_all
from cucurbit.entities.identity import Identity
from cucurbit.migrations.changer import Changer
from cucurbit.migrations.gathered import Gathered
from cucurbit.migrations.waiting import key_of, left_open
from cucurbit.planning.change import Change


class Runner(Changer):
    """One for each run of migrations; `running` is the change that is being carried out, `failing` what could not be.

    `unseen` are routines that may have to do with what was changed, but whose bodies are text. With `gathers` plain
    changes are sent together, before anything else that goes through SQLAlchemy: not for files in which somebody's own
    code may count on each being made when it was called. `is_speaking` is true while a statement is its own.
    """

    def __init__(
        self, connection: Connection, recorded: Callable[[Definition], str | None], *, gathers: bool = False
    ) -> None:
        super().__init__(connection, recorded)
        self._gathered = Gathered(connection, is_open=gathers)
        self.unseen: list[str] = []
        self.running: Change | None = None
        self.failing: Identity | None = None
        self._beside: list[tuple[Change, Beside]] = []
        self.is_speaking, self._open_blocks = False, 0
        event.listen(connection, "before_cursor_execute", self._before_others)
        event.listen(connection, "rollback", self._forget)

    def run(self, change: Change, *, in_place: bool) -> None:
        """Carry out one change; `in_place` is False where it is known that the server refuses that."""
        if not self._waiting and not self._beside and self._gathered.takes(change, in_place=in_place):
            return
        with self._speaking():
            self._send_gathered()
            self._one(change, in_place)

    def reported(self) -> tuple[list[Identity], list[str], set[tuple[str, Identity]]]:
        """What the revisions up to now have to tell: set aside, not looked into, refused in place."""
        return list(self.set_aside), list(self.unseen), set(self.refused)

    def start_again(self, set_aside: list[Identity], unseen: list[str], refused: set[tuple[str, Identity]]) -> None:
        """Forget the revision that was rolled back, of which nothing is to be told either; see `reported`."""
        self.set_aside, self.unseen, self.refused = list(set_aside), list(unseen), set(refused)
        self._forget(None)
        self._waiting, self._changed, self._words, self._moved = {}, set(), {}, set()
        self.running = self.failing = self._reason = None
        self.is_speaking, self._open_blocks = False, 0

    def _one(self, change: Change, in_place: bool) -> None:
        self.running = change
        self._note(change)
        if not self._made_beside(change):
            self._catch_up()
            self._run(change, in_place)
        self.running = None

    def _note(self, change: Change) -> None:
        """What the revision has changed by now is in these words."""
        self._changed |= {key_of(identity.text) for identity in change.identities}
        if change.new is not None:
            self._words[key_of(str(change.identity))] = change.new.sql

    def _send_gathered(self) -> None:
        found, are_made = self._gathered.send()
        for change, statements in found:
            if change is not None:
                self._note(change) if are_made else self._one(change, in_place=True)
            elif not are_made:
                run_all(self.connection, statements)

    def takes_plain(self, statements: Sequence[str]) -> bool:
        """Whether statements that are no entity's are sent with the changes around them, by and by."""
        return not self.is_waiting and self._gathered.takes_plain(statements)

    def rename(self, change: Change) -> None:
        """Give an object its new name; what was carried along needs nothing."""
        with self._speaking():
            self._catch_up()
            self.running = change
            self._note(change)
            if self._is_out_of_reach(change):
                self._do(change, in_place=True)
            else:
                self._all(change.new.rename_statements(change.old) if change.new and change.old else ())
            self._retry()
            self.running = None

    @contextmanager
    def altering(self, seeds: Sequence[Address], names: Sequence[tuple[str, ...]]) -> Iterator[None]:
        """A block in which nothing of a known sort depends on columns that ALTER TABLE is to change.

        `names` are those by which bodies that are text would speak of them.
        """
        block = self._out_of_the_way(seeds, altered=True, names=names)
        tables = {seed.objid for seed in seeds}
        with self._speaking():
            self._catch_up()
            said = flags(self.connection, tables)
            block.__enter__()
        self._open_blocks += 1
        yield
        self._open_blocks -= 1
        with self._speaking():
            self._send_gathered()
            now = flags(self.connection, tables) if said else {}
            self._say_again([found for identity, found in said.items() if identity not in now])
            block.__exit__(None, None, None)

    @property
    def is_waiting(self) -> bool:
        """Whether something that the revision took down, or holds back, is still to come."""
        return bool(self._waiting or self._beside or self._open_blocks)

    def finish(self, gone: Iterable[tuple[str, ...]] = ()) -> None:
        """The end of a revision. Raises MigrationError, or the server's refusal, for what still waits.

        `gone` are names of tables and columns that are there no more, to be looked for in bodies that are text.
        """
        self._moved |= set(gone)
        if self._open_blocks:
            raise left_open()
        with self._speaking():
            self._catch_up()
            changed, moved, self._changed, self._moved = self._changed, self._moved, set(), set()
            self._words.clear()
            for identity, waiting in self._waiting.items():
                self.running, self.failing = waiting.change, identity
                waiting.refuse(identity, list(self._waiting)[1:11])
            self.unseen += [name for name in mentioning(self.connection, moved) if key_of(name) not in changed]

    # -- what takes its place last -----------------------------------------------------------------------------------

    def _made_beside(self, change: Change) -> bool:
        """Whether the new form was made beside the old one, which it replaces when somebody else speaks, or at the end.

        Several may be made like that, as long as none reads another: then none is locked while the next is filled.
        """
        new, old = change.new, change.old
        if new is None or old is None or not new.is_slow or self._waiting:
            return False
        others = [at for other, _ in self._beside for at in address_of(self.connection, other.identity)]
        try:
            with self._attempt():
                made = make_beside(self.connection, new, address_of(self.connection, old.identity), others)
        except (DBAPIError, ReadsAnotherError):  # it may fit when something else has changed
            return False
        self._beside += [] if made is None else [(change, made)]
        return made is not None

    def _catch_up(self) -> None:
        self._send_gathered()
        beside, self._beside = self._beside, []
        for change, made in beside:
            self.running = change
            if change.new is not None and change.old is not None:
                self._replace(change.new, change.old, in_place=False, beside=made)

    def _before_others(self, *event_: Any) -> None:
        """SQLAlchemy's event: a statement that is not of this runner, and may count on what was changed."""
        if (self._beside or self._gathered) and not self.is_speaking:
            with self._speaking():
                self._catch_up()

    def _forget(self, _: Any) -> None:
        """SQLAlchemy's event: what was to come belongs to a transaction that is no more."""
        self._gathered.forget()
        self._beside = []

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        before, self.is_speaking = self.is_speaking, True
        try:
            yield
        finally:
            self.is_speaking = before
