"""The recorder: runs the entity operations of a revision and writes its ledger rows, in the revision's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext, MigrationInfo
from sqlalchemy import Connection

from cucurbit.database import catalog, ledger, version
from cucurbit.database.catalog import Definition
from cucurbit.database.statements import run
from cucurbit.entities.identity import Identity
from cucurbit.entities.kinds import all_kinds
from cucurbit.errors import HistoryError, MigrationError
from cucurbit.migrations.digest import digest
from cucurbit.migrations.found import Found
from cucurbit.migrations.operations import EntityOp
from cucurbit.migrations.reader import read
from cucurbit.migrations.rehearsal import Rehearsal
from cucurbit.migrations.runner import Runner
from cucurbit.migrations.source import source_of
from cucurbit.planning.change import Change
from cucurbit.project.settings import Settings

if TYPE_CHECKING:
    from cucurbit.migrations.autocommit import Blocks

Hashes = dict[Identity, str]


class Recorder:
    """One for each run of migrations.

    `renew` asks it to look after entities that a revision changes without naming them: a renamed column changes what
    the catalog says of a view. Rows that matched the catalog before the revision get a new one that matches after it.
    A scratch database needs none of that: nobody else changes it. `gathers` is the runner's. `found` says what the
    guard saw in the place of something recorded.
    """

    def __init__(self, settings: Settings, *, renew: bool = False, gathers: bool = False) -> None:
        self.settings = settings
        self._gathers = gathers
        self._runner: Runner | None = None
        self._recorded: dict[Identity, ledger.Recorded] | None = None
        self._rows: list[ledger.Row] = []
        self._adopted: list[Identity] = []
        self._renew = renew
        self.rehearsal: Rehearsal | None = None
        self._steps: Iterator[list[str]] = iter(())
        self._revisions: Iterator[Iterator[list[str]]] = iter(())
        self._matched: Hashes | None = None
        self.found: Mapping[Identity, Found] = {}
        self.blocks: Blocks | None = None
        self.hashes = True  # whether the rows say what the server says of the entities
        self.is_fake = False  # nothing is run but what writes the rows

    # -- the operations ----------------------------------------------------------------------------------------------

    def runner(self, connection: Connection) -> Runner:
        """What carries out the changes on the connection of this run."""
        if self._runner is None or self._runner.connection is not connection:
            self._runner = Runner(connection, self._recorded_sql, gathers=self._gathers)
        return self._runner

    def _recorded_sql(self, found: Definition) -> str | None:
        """What the ledger has of an object, None where that is not it, word for word.

        Somebody may have changed it by hand since (not on scratch); and `select *` is what the columns were then.
        """
        if self._recorded is None and self._runner is not None:
            self._recorded = ledger.read(self._runner.connection, self.settings)
        row = (self._recorded or {}).get(found.identity)
        if row is None or (self._renew and row.catalog_hash != found.hash) or row.entity.is_open:
            return None
        return row.entity.sql

    @property
    def running(self) -> Change | None:
        """The change that is being carried out, or failed."""
        return self._runner.running if self._runner else None

    @property
    def failing(self) -> Identity | None:
        """What was being carried out when it failed, or could not be put back."""
        running = self.running.identity if self.running else None
        return running or (self._runner.failing if self._runner else None)

    @property
    def refused(self) -> set[tuple[str, Identity]]:
        """Hash and identity of what the server did not replace in place."""
        return self._runner.refused if self._runner else set()

    @property
    def set_aside(self) -> list[Identity]:
        """What was taken down for the sake of something else, and put back."""
        return self._runner.set_aside if self._runner else []

    @property
    def unseen(self) -> list[str]:
        """Routines whose bodies are text, and mention what was made anew."""
        return self._runner.unseen if self._runner else []

    @property
    def is_speaking(self) -> bool:
        """Whether a statement that is being sent is one of the runner's, and none of the revision's file."""
        return self._runner is not None and self._runner.is_speaking

    def way_back(self) -> Callable[[], None]:
        """A function that brings the state back that there is now, before a revision: that was rolled back."""
        matched, found = self._matched, self.found
        reported = self._runner.reported() if self._runner else ([], [], set())

        def back() -> None:
            self._matched, self._rows, self._recorded, self.found = matched, [], None, found
            self._adopted = []
            if self._runner is not None:
                self._runner.start_again(*reported)

        return back

    def has_begun(self, revision: str) -> bool:
        """Whether something of a revision, the last one to run, was committed before its end."""
        return self.blocks is not None and self.blocks.is_begun and self.blocks.revision == revision

    def run(self, operations: Operations, operation: EntityOp) -> None:
        """Carry out one operation, or write it out for `--sql`, and remember its ledger row."""
        change = self.change(operation)
        if self.blocks and self.blocks.is_open:
            self.blocks.run(change)
        elif operations.migration_context.as_sql:
            write(operations.migration_context, _statements(change, operation.in_place, self.rehearsed()))
        else:
            runner = self.runner(operations.get_bind())
            with self.step(operations.get_bind()):
                for meant in self._as_found(change):
                    runner.rename(meant) if meant.renamed else runner.run(meant, in_place=operation.in_place)
            self._adopted += [change.identity] if change.adopted and change.new else []
        self.note([change])

    def takes_plain(self, operations: Operations, statements: list[str]) -> bool:
        """Whether statements that are no entity's are sent together with the changes around them."""
        if operations.migration_context.as_sql or (self.blocks and self.blocks.is_open) or not self._gathers:
            return False
        return self.runner(operations.get_bind()).takes_plain(statements)

    def _as_found(self, change: Change) -> list[Change]:
        """The change as it has to be on this database, where somebody has made something else of the entity."""
        found = self.found.get((change.old or change.entity).identity)
        if found is None or not found.is_about(change):
            return [] if change.adopted else [change]
        if found.present is not None:
            self._rows.append(ledger.Row.of(ledger.OVERWRITTEN, found.present))
        return found.changes()

    def step(self, connection: Connection) -> AbstractContextManager[None]:
        """A block that is one step of a rehearsal, if this is one."""
        return self.rehearsal.step(connection) if self.rehearsal else nullcontext()

    def follow(self, rehearsal: Rehearsal) -> None:
        """For `--sql`: write what was sent at the rehearsal."""
        self._revisions = rehearsal.replay()
        self._steps = next(self._revisions)

    def rehearsed(self) -> list[str] | None:
        """For `--sql`: what the next step of the revision sent, None where nobody knows."""
        return next(self._steps, None)

    def note(self, changes: list[Change]) -> None:
        """Remember the ledger rows of changes that have been made, or that are to be taken as made."""
        for change in changes:
            if change.renamed and change.old and change.old.identity != change.identity:
                self._rows.append(ledger.Row.of(ledger.RENAMED, change.old))
            self._rows.append(ledger.Row.of(change.action, change.entity))

    def change(self, operation: EntityOp) -> Change:
        """The two sides of an operation, read."""
        change = operation.change(self.settings.home)
        kinds = {identity.kind for identity in change.identities}
        if len(kinds if change.renamed else change.identities) > 1:
            both = " and ".join(map(str, change.identities))
            raise HistoryError(f"op.{change.action}_entity was given two identities: {both}")
        return change

    # -- the ledger --------------------------------------------------------------------------------------------------

    def prepare(self, connection: Connection) -> None:
        """Before the first revision: make the ledger, and see which rows match the catalog."""
        ledger.ensure(connection, self.settings)
        if self._renew:
            self._matched = self._matching(connection)

    def record(self, revision: str, action: str, rows: list[ledger.Row], file: str | None) -> list[str]:
        """The SQL that writes the rows of one revision."""
        source = source_of(file) if file and action == "apply" else None
        own = ledger.Row.of_revision(action, revision, digest(file) if file else None, source)
        return ledger.record_statements(self.settings, revision, [*rows, own], hashes=self.hashes)

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
        rows, self._rows, self._recorded = self._rows, [], None
        if ctx.connection is not None and not ctx.as_sql:
            with self.step(ctx.connection):
                self.runner(ctx.connection).finish(self._gone(script, step.is_upgrade))
            self._check_adopted(ctx.connection)
            if self._matched is not None:
                rows += self._renewed(ctx.connection, self._matched, {(row.kind, row.identity) for row in rows})
        elif ctx.as_sql:
            write(ctx, self.rehearsed() or [])
        if self.blocks:
            self.blocks.finish()
        write(ctx, self.record(revision, action, rows, getattr(script, "path", None)))
        self.found = {identity: found for identity, found in self.found.items() if found.revision != revision}
        if self.rehearsal:
            self.rehearsal.end_of_revision()
        self._steps = next(self._revisions, iter(()))
        if ctx.as_sql:  # psql goes on after an error, and Alembic's UPDATE of a row that is not there is none
            write(ctx, [version.guard(heads, self.settings)])

    def _check_adopted(self, connection: Connection) -> None:
        """Raise MigrationError where something is not there that the revision has taken over."""
        adopted, self._adopted = self._adopted, []
        missing = set(adopted) - catalog.among(connection, adopted).keys()
        if missing:
            first = min(missing, key=str)
            more = f", and so are {len(missing) - 1} more" if len(missing) > 1 else ""
            raise MigrationError(
                f"{first} is not in the database, so op.adopt_entity cannot take it over{more}",
                hint="The revisions before this one made it, when the migration was written. Make it by hand, as the "
                "migration has it, and migrate again; or write op.create_entity, if they do not make it.",
            )

    def _gone(self, script: Any, is_upgrade: bool) -> set[tuple[str, ...]]:
        """The names that the revision takes from tables and columns, as its file has them (not asked on scratch)."""
        if not self._renew:
            return set()
        path = Path(script.path)
        return read([path])[script.revision].gone("upgrade" if is_upgrade else "downgrade")

    def _matching(self, connection: Connection) -> Hashes:
        """The hashes of the recorded entities whose definition is what it was when their row was written."""
        rows = ledger.read(connection, self.settings)
        present = catalog.snapshot(connection, {identity.kind for identity in rows}, texts=False)
        return {
            identity: recorded.catalog_hash
            for identity, recorded in rows.items()
            if identity in present and present[identity].hash == recorded.catalog_hash
        }

    def _renewed(self, connection: Connection, before: Hashes, changed: set[tuple[str, str]]) -> list[ledger.Row]:
        """Rows for what reads otherwise now without having been changed; and what matches from here on."""
        if not before and not changed:
            return []
        kinds = {identity.kind for identity in before} | {kind for kind, _ in changed}
        found = catalog.snapshot(connection, kinds & all_kinds().keys(), texts=False)
        present = {identity: definition.hash for identity, definition in found.items()}
        untouched = {
            identity for identity in before.keys() & present.keys() if (identity.kind, identity.text) not in changed
        }
        renewed = {identity for identity in untouched if present[identity] != before[identity]}
        self._matched = {i: h for i, h in present.items() if i in untouched or (i.kind, i.text) in changed}
        recorded = ledger.read(connection, self.settings) if renewed else {}
        # What was dropped and is there all the same, a mapping of a copied configuration for example, has no row.
        rows = (recorded[identity] for identity in sorted(renewed & recorded.keys(), key=str))
        return [ledger.Row.of("renew", row.entity) for row in rows]


def write(context: MigrationContext, statements: list[str]) -> None:
    """Send statements to the server, or write them out for `--sql`; each as it stands, `%` and `:` included."""
    for statement in statements:
        if context.as_sql or context.connection is None:
            context.impl.static_output(statement + "\n;\n")  # it may end in a comment
        else:
            run(context.connection, statement)


def _statements(change: Change, in_place: bool, rehearsed: list[str] | None) -> list[str]:
    """What a change sends where no server can be asked."""
    new, old = change.new, change.old
    if change.adopted:
        return rehearsed or []
    if change.entity.is_out_of_reach:  # of which a rehearsal, on scratch, knows nothing
        rehearsed = None
    if change.renamed and new and old:
        return new.rename_statements(old)
    replacing = new.replace_statements(old) if new and old and in_place else None
    if replacing is not None and rehearsed in (None, replacing):
        return replacing
    lost = (
        [f"-- Not kept: owner, grants and comments of {new}, and what the history does not know"] if new and old else []
    )
    if rehearsed is not None:
        return [*lost, *rehearsed]
    return [*lost, *(old.drop_statements() if old else ()), *(new.create_statements() if new else ())]
