"""The recorder: runs the entity operations of a revision and writes its ledger rows, in the revision's transaction."""

from __future__ import annotations

from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cucurbit.database import catalog, ledger
from cucurbit.database.set_aside import address_of, keep_marks, set_aside
from cucurbit.entities.entity import Entity
from cucurbit.entities.identity import Identity
from cucurbit.errors import HistoryError
from cucurbit.migrations.digest import digest
from cucurbit.migrations.operations import EntityOp
from cucurbit.planning.change import Change
from cucurbit.project.settings import Settings

Hashes = dict[Identity, str]


class Recorder:
    """One for each run of migrations.

    `renew` asks it to look after entities that a revision changes without naming them: a renamed column changes what
    the catalog says of a view. Rows that matched the catalog before the revision get a new one that matches after it.
    """

    def __init__(self, settings: Settings, *, renew: bool = False) -> None:
        self.settings = settings
        self.refused: set[tuple[str, Identity]] = set()
        self.set_aside: list[Identity] = []
        self.running: Change | None = None
        self._rows: list[ledger.Row] = []
        self._renew = renew
        self._matched: Hashes | None = None

    # -- the operations ----------------------------------------------------------------------------------------------

    def run(self, operations: Operations, operation: EntityOp) -> None:
        """Carry out one operation and remember its ledger row."""
        self.running = change = self.change(operation)
        run = _Runner(operations)
        if change.new is None:
            run.all(change.entity.drop_statements())
        elif change.old is None:
            run.all(change.new.create_statements())
        elif operation.in_place and self._in_place(run, change.new, change.old):
            pass
        else:
            self._anew(run, change.new, change.old)
        self.note([change])
        self.running = None

    def note(self, changes: list[Change]) -> None:
        """Remember the ledger rows of changes that have been made, or that are to be taken as made."""
        self._rows += [ledger.Row.of(change.action, change.entity) for change in changes]

    def change(self, operation: EntityOp) -> Change:
        """The two sides of an operation, read."""
        sides = (operation.new, operation.old)
        new, old = (Entity.from_sql(sql, schema=self.settings.home) if sql else None for sql in sides)
        if new and old and new.identity != old.identity:
            raise HistoryError(f"op.replace_entity was given two identities: {new.identity} and {old.identity}")
        return Change(new, old)

    def _in_place(self, run: _Runner, new: Entity, old: Entity) -> bool:
        """Whether the server took the replacement in place; what it refused leaves no trace."""
        statements = new.replace_statements(old)
        if statements is None:
            return False
        if run.connection is None:
            run.all(statements)
            return True
        try:
            with run.connection.begin_nested():
                run.all(statements)
        except DBAPIError:
            return False
        return True

    def _anew(self, run: _Runner, new: Entity, old: Entity) -> None:
        """With what depends on it out of the way: in place if the server takes it now, else dropped and created."""
        drop_and_create = [*old.drop_statements(), *new.create_statements()]
        if run.connection is None:
            run.all(drop_and_create)
            return
        self.refused.add((new.hash, new.identity))
        with set_aside(run.connection, address_of(run.connection, old.identity)) as aside:
            self.set_aside += aside
            if not self._in_place(run, new, old):
                with keep_marks(run.connection, old.identity):
                    run.all(drop_and_create)

    # -- the ledger --------------------------------------------------------------------------------------------------

    def prepare(self, connection: Connection) -> None:
        """Before the first revision: make the ledger, and see which rows match the catalog."""
        ledger.ensure(connection, self.settings)
        if self._renew:
            self._matched = self._matching(connection)

    def record(self, revision: str, action: str, rows: list[ledger.Row], file: str | None) -> list[str]:
        """The SQL that writes the rows of one revision."""
        own = ledger.Row.of_revision(action, revision, digest(file) if file else None)
        return ledger.record_statements(self.settings, revision, [*rows, own])

    def on_version_apply(
        self, ctx: MigrationContext, step: MigrationInfo, heads: set[str], run_args: dict[str, Any]
    ) -> None:
        """Alembic's callback at the end of a revision, still in its transaction."""
        if step.is_stamp:
            raise HistoryError(
                "alembic stamp would leave the ledger behind", hint="Use: python manage.py migrate --fake REVISION"
            )
        revision = step.up_revision_id or ""
        script = step.revision_map.get_revision(revision)
        action = "apply" if step.is_upgrade else "unapply"
        rows, self._rows = self._rows, []
        if self._matched is not None and ctx.connection is not None and not ctx.as_sql:
            rows += self._renewed(ctx.connection, self._matched, {(row.kind, row.identity) for row in rows})
        _Runner(Operations(ctx)).all(self.record(revision, action, rows, getattr(script, "path", None)))

    def _matching(self, connection: Connection) -> Hashes:
        """The hashes of the recorded entities whose definition is what it was when their row was written."""
        present = catalog.snapshot(connection, texts=False)
        return {
            identity: recorded.catalog_hash
            for identity, recorded in ledger.read(connection, self.settings).items()
            if identity in present and present[identity].hash == recorded.catalog_hash
        }

    def _renewed(self, connection: Connection, before: Hashes, changed: set[tuple[str, str]]) -> list[ledger.Row]:
        """Rows for what reads otherwise now without having been changed; and what matches from here on."""
        present = {identity: found.hash for identity, found in catalog.snapshot(connection, texts=False).items()}
        untouched = {
            identity for identity in before.keys() & present.keys() if (identity.kind, identity.text) not in changed
        }
        renewed = {identity for identity in untouched if present[identity] != before[identity]}
        self._matched = {i: h for i, h in present.items() if i in untouched or (i.kind, i.text) in changed}
        recorded = ledger.read(connection, self.settings) if renewed else {}
        return [ledger.Row.of("renew", recorded[identity].entity) for identity in sorted(renewed, key=str)]


class _Runner:
    """Sends statements to the server, or writes them out for `--sql`; each as it stands, `%` and `:` included."""

    def __init__(self, operations: Operations) -> None:
        context = operations.migration_context
        self.connection: Connection | None = None if context.as_sql else operations.get_bind()
        self._context = context

    def all(self, statements: list[str]) -> None:
        for statement in statements:
            if self.connection is None:
                self._context.impl.static_output(statement + ";\n")
            else:
                self.connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
