"""What a revision does outside a transaction: `with op.get_context().autocommit_block():`, recorded as begun.

Such a block commits what was before it, and each of its statements by itself. So before it the ledger gets a row that
the revision was begun, and a revision that was begun and is not done is run again from its start; unless it had changed
something before the block, which would be done twice then.
https://alembic.sqlalchemy.org/en/latest/api/runtime.html#alembic.runtime.migration.MigrationContext.autocommit_block
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial, wraps
from pathlib import Path
from typing import Any

from alembic import op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropIndex

from cucurbit.database import indexes, ledger
from cucurbit.entities.concurrent import Concurrent
from cucurbit.entities.entity import Entity
from cucurbit.errors import MigrationError, SqlError
from cucurbit.migrations.ddl import compiled, index_sql
from cucurbit.migrations.neighbours import TellApartOp
from cucurbit.migrations.recorder import Recorder, write
from cucurbit.migrations.refusal import explain
from cucurbit.planning.change import Change

# Assigned when a transaction writes. https://www.postgresql.org/docs/current/functions-info.html
_HAS_WRITTEN = "select pg_current_xact_id_if_assigned() is not null"

_MAKES_AN_INDEX = re.compile(r"\bcreate\b.*\bindex\b", re.IGNORECASE | re.DOTALL)
_SAYS_NOTHING = ("select", "show", "set", "reset", "commit")
_AGAIN = "It is recorded as begun: `migrate` runs it again from its start."


def watch(context: MigrationContext, recorder: Recorder) -> None:
    """Have the recorder told when a revision of this run leaves its transaction, and comes back."""
    recorder.blocks = Blocks(context, recorder)


class Blocks:
    """The autocommit blocks of one run of migrations; `revision` is the one that runs.

    `is_open` tells whether a block is, `is_begun` whether something of the running revision is committed, `is_partly`
    whether that is more than the blocks, which can be run again.
    """

    def __init__(self, context: MigrationContext, recorder: Recorder) -> None:
        self.context = context
        self.recorder = recorder
        self.revision, self._path, self._is_upgrade = "", None, True
        self.is_open = self.is_begun = self.is_partly = False
        self._made: list[indexes.Name] = []
        self._done: list[str] = []
        self._reached = 0
        self._enter = context.autocommit_block
        self._steps: Any = context._migrations_fn
        setattr(context, "autocommit_block", self._block)  # noqa: B010 - a method, of this context only
        context._migrations_fn = self._watched

    # -- a revision --------------------------------------------------------------------------------------------------

    def _watched(self, heads: Any, context: Any) -> Iterator[Any]:
        for step in self._steps(heads, context):
            watched = copy(step)  # it may be run once more
            watched.migration_fn = self._explaining(step.migration_fn)
            self._begin(step)
            if not heads:
                self._apart()
            yield watched

    def _explaining(self, function: Callable[..., None]) -> Callable[..., None]:
        @wraps(function)  # Alembic asks for its name
        def explaining(**arguments: Any) -> None:
            self._refuse_again()
            with self.explained():
                op.invoke(TellApartOp())
                function(**arguments)

        return explaining

    def _begin(self, step: Any) -> None:
        self.revision, self.is_begun, self.is_partly = str(step.info.up_revision_id), False, False
        self._is_upgrade = bool(step.is_upgrade)
        self._path = getattr(step.info.revision_map.get_revision(self.revision), "path", None)
        self._made, self._done, self._reached = [], [], 0

    @contextmanager
    def explained(self) -> Iterator[None]:
        """A part of the revision whose failure says what stays of it."""
        try:
            yield
        except (DBAPIError, MigrationError) as error:
            if not self.is_begun or getattr(error, "connection_invalidated", False):
                raise
            found = explain(error, self.revision) if isinstance(error, DBAPIError) else error
            raise MigrationError(found.message, hint="\n".join(self._what_stays(found)), place=found.place) from (
                error if isinstance(error, DBAPIError) else error.__cause__
            )

    def _what_stays(self, error: MigrationError) -> list[str]:
        said = [error.hint] if error.hint else []
        done = [f"  {statement}" for statement in self._done]
        did = ["Done outside a transaction, and not taken back:", *done] if done else ["Nothing of it was done yet."]
        if self.is_partly:
            did = ["What it did before the block is committed, too.", *did]
        again = "It is recorded as begun; what to do about it, `migrate` says." if self.is_partly else _AGAIN
        return [*said, "", *did, again] if again not in (error.hint or "") else said

    def finish(self) -> None:
        """The end of a revision. Raises MigrationError where an index that it made is not valid."""
        if not self.is_begun or not self._made:
            return
        if self.context.as_sql:
            self._write([indexes.refusal_of_invalid(self._made)])
        elif self.context.connection is not None:
            with self.explained():
                if broken := indexes.invalid(self.context.connection, self._made):
                    raise MigrationError(
                        f"in revision {self.revision}: not valid, as it was not built to its end: {', '.join(broken)}",
                        hint=f"Drop it, and build it again: DROP INDEX CONCURRENTLY {broken[0]}",
                    )

    def _apart(self) -> None:
        """Alembic's own table, made in the transaction of the first revision, is not to stand before a block."""
        connection = self.context.connection
        if connection is None or self.context.as_sql or not connection.in_transaction():
            return
        if "autocommit_block" in self._text():
            connection.commit()

    # -- a block -----------------------------------------------------------------------------------------------------

    @contextmanager
    def _block(self) -> Iterator[None]:
        connection = self.context.connection
        begun = connection is not None and self.revision in self._begun(connection)
        is_partly = connection is not None and not self.context.as_sql and self._has_changed(connection)
        if not self.is_begun and not begun:
            self._note_as(ledger.BEGIN)
        if is_partly and not self.is_partly:
            self._note_as(ledger.PARTLY)
        self.is_begun, self.is_partly = True, self.is_partly or is_partly
        with self._enter(), self._opened():
            yield

    def _note_as(self, action: str) -> None:
        write(self.context, self.recorder.record(self.revision, action, [], self._path))

    def _begun(self, connection: Connection) -> Mapping[str, ledger.Begun]:
        return {} if self.context.as_sql else ledger.read_begun(connection, self.recorder.settings)

    def _has_changed(self, connection: Connection) -> bool:
        """Whether the block commits a part of the revision. Raises MigrationError for one that is in the middle."""
        has_written = connection.exec_driver_sql(_HAS_WRITTEN).scalar_one()  # what was gathered is sent before it
        if has_written and self.recorder.runner(connection).is_waiting:
            raise MigrationError(
                f"in revision {self.revision}: autocommit_block() would commit what is taken down and not back yet",
                hint="Write the block into a revision of its own, or as the first thing in its function.",
            )
        return bool(has_written)

    def _refuse_again(self) -> None:
        """Raise MigrationError for a revision that has committed what would be done twice."""
        connection = self.context.connection
        if connection is None or self.context.as_sql or self.recorder.is_fake or "autocommit_block" not in self._text():
            return
        begun = self._begun(connection).get(self.revision)
        if begun is not None and begun.is_partly:
            rest, again = (f"--fake {self.revision}", "--fake -1")[:: 1 if self._is_upgrade else -1]
            raise MigrationError(
                f"revision {self.revision} was begun {begun.at:%Y-%m-%d %H:%M} UTC and broken off, and cannot be run"
                " again: what it changed before its autocommit_block() is committed",
                hint=f"Do the rest of its {'up' if self._is_upgrade else 'down'}grade by hand, from the block on, and "
                f"record it:\n  python manage.py migrate {rest}\n"
                "Or take back by hand what it has done; then record both ways, and run it:\n"
                f"  python manage.py migrate {rest}\n"
                f"  python manage.py migrate {again}",
            )

    def _text(self) -> str:
        return Path(self._path).read_text(encoding="utf-8", errors="replace") if self._path else ""

    @contextmanager
    def _opened(self) -> Iterator[None]:
        impl: Any = self.context.impl
        own = {"create_index": self._create_index, "drop_index": self._drop_index}
        before = {name: getattr(impl, name) for name in own}
        for name, function in own.items():
            setattr(impl, name, partial(function, before[name]))
        self.is_open = True
        try:
            with self._heard():
                yield
        finally:
            self.is_open = False
            for name in own:
                delattr(impl, name)

    @contextmanager
    def _heard(self) -> Iterator[None]:
        """A block whose statements are remembered, and the indexes that they make."""
        connection = self.context.connection
        if connection is None or self.context.as_sql:
            yield
            return
        event.listen(connection, "after_cursor_execute", self._hear)
        event.listen(connection, "before_cursor_execute", self._note)
        try:
            yield
        finally:
            event.remove(connection, "after_cursor_execute", self._hear)
            event.remove(connection, "before_cursor_execute", self._note)

    def _note(self, connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        found = _index_of(statement, self.recorder.settings.home)
        self._made += [found.names] if found else []

    def _hear(self, connection: Any, cursor: Any, statement: str, *others: Any) -> None:
        word = statement.split(maxsplit=1)[0].lower()
        if word == "begin":
            self._reached = len(self._done)
        elif word == "rollback":
            del self._done[self._reached :]
        elif word not in _SAYS_NOTHING:
            self._done.append(" ".join(statement.split()))

    # -- operations --------------------------------------------------------------------------------------------------

    def run(self, change: Change) -> None:
        """Carry out the change of an entity in a block, or write it.

        Raises MigrationError for one that needs a transaction.
        """
        new, old = (side.concurrent if side else None for side in (change.new, change.old))
        if change.renamed or change.entity.concurrent is None:
            raise MigrationError(
                f"op.{change.action}_entity of the {change.entity} is in an autocommit_block()",
                hint="It would not be one with its row in the ledger. An index can be made there, as that can be done"
                " again; write this operation outside of the block.",
            )
        connection = self.context.connection
        if self.context.as_sql or connection is None:
            self._write(indexes.in_a_script(new, old))
        elif new is None:
            indexes.remove(connection, change.entity.concurrent, change.entity.identity.name)
        elif old is None:
            indexes.build(connection, new)
        else:
            indexes.replace(connection, new, change.entity.identity)

    def _create_index(self, usual: Any, index: Any, **options: Any) -> None:
        """Alembic's: what is built concurrently can be run again."""
        found = _index_of(index_sql(index, self.context.dialect), self.recorder.settings.home)
        if found is None or not found.is_asked_for:
            usual(index, **options)
        elif self.context.as_sql or self.context.connection is None:
            self._write(indexes.in_a_script(found, None))
        else:
            indexes.build(self.context.connection, found)

    def _drop_index(self, usual: Any, index: Any, **options: Any) -> None:
        """Alembic's: what is gone already stays gone."""
        if " CONCURRENTLY " in compiled(DropIndex(index), self.context.dialect):
            options["if_exists"] = True
        usual(index, **options)

    def _write(self, statements: Sequence[str]) -> None:
        for statement in statements:
            self._note(None, None, statement)
        write(self.context, list(statements))


def _index_of(statement: str, home: str) -> Concurrent | None:
    """The index that a statement makes, None for any other statement."""
    if not _MAKES_AN_INDEX.search(statement):
        return None
    try:
        return Entity.from_sql(statement, schema=home).concurrent
    except SqlError:
        return None
